namespace Entitlements.Faults;

/// <summary>The analysis finds each breach in a history written by hand, and nothing in a clean one. Times are milliseconds here.</summary>
public sealed class AnalysisTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    /// <summary>Granted at 0–10, allowed, revoked at 100–120, denied, granted again at 300.</summary>
    private static readonly Entry[] Clean =
    [
        Of(Kind.Grant, 0, 10) with
        {
            Status = 200,
            Key = "g1",
            Revision = 1,
        },
        Check(20, 25, allowed: true, revision: 1),
        Of(Kind.Issue, 30, 40) with
        {
            Status = 201,
            Key = "e1",
            Revision = 1,
        },
        Of(Kind.Redeem, 50, 55) with
        {
            Status = 201,
            Key = "e1",
        },
        Of(Kind.Redeem, 50, 60) with
        {
            Status = 409,
            Key = "e1",
        },
        Of(Kind.Revoke, 100, 120) with
        {
            Status = 200,
            Key = "r1",
            Effective = true,
            Revision = 2,
        },
        Check(130, 140, allowed: false, revision: 2),
        Of(Kind.Grant, 300, 310) with
        {
            Status = 200,
            Key = "g2",
            Revision = 3,
        },
        Of(Kind.Audited, 1000, 1000) with
        {
            Cell = null,
            Key = "e1",
        },
    ];

    [Fact]
    public void A_clean_history_is_clean()
    {
        var findings = Analysis.Of(Clean, Lease);
        Assert.Empty(findings.Violations);
        Assert.Equal((1, null, 10_000L), (findings.Probative, findings.FirstFailure, findings.NearestProbe));
        Assert.Equal(20, findings.Acks.Max);
    }

    [Fact]
    public void An_allow_between_acknowledgement_and_next_grant_is_stale()
    {
        var findings = Analysis.Of([.. Clean, Check(150, 160, allowed: true, revision: 2)], Lease);
        var found = Assert.Single(findings.Violations);
        Assert.Equal((Breach.STALE_ALLOW, 30_000L), (found.Breach, found.Staleness));
        Assert.Equal((2, 2), (findings.Probative, findings.FirstFailure));
    }

    [Fact]
    public void What_overlaps_the_revocation_or_the_next_grant_proves_nothing()
    {
        var findings = Analysis.Of([.. Clean, Check(115, 130, allowed: true), Check(250, 305, allowed: true), Check(320, 330, allowed: true)], Lease);
        Assert.Empty(findings.Violations);
        Assert.Equal(1, findings.Probative);
    }

    [Fact]
    public void A_revocation_that_was_not_in_force_promises_nothing()
    {
        Entry[] history = [Of(Kind.Revoke, 0, 10) with { Status = 202, Key = "r", Effective = false }, Check(20, 30, allowed: true)];
        Assert.Empty(Analysis.Of(history, Lease).Violations);
    }

    [Fact]
    public void A_grant_without_an_answer_may_act_at_any_later_time()
    {
        Entry[] lost = [Of(Kind.Grant, 60, 90) with { Key = "lost", Error = "timeout" }];
        Entry[] stale = [Check(150, 160, allowed: true, revision: 2)];
        Assert.Empty(Analysis.Of([.. Clean, .. lost, .. stale], Lease).Violations);
        Entry[] answered = [Of(Kind.Grant, 92, 95) with { Key = "lost", Status = 200 }];
        Assert.Single(Analysis.Of([.. Clean, .. lost, .. answered, .. stale], Lease).Violations);
    }

    [Fact]
    public void Issuing_and_redeeming_after_the_acknowledgement_are_found()
    {
        Entry[] after =
        [
            Of(Kind.Issue, 150, 160) with
            {
                Status = 201,
                Key = "e2",
                Revision = 2,
            },
            Of(Kind.Redeem, 170, 180) with
            {
                Status = 201,
                Key = "e2",
            },
            Of(Kind.Audited, 1000, 1000) with
            {
                Cell = null,
                Key = "e2",
            },
        ];
        Assert.Equal([Breach.STALE_ISSUE, Breach.STALE_REDEEM], Analysis.Of([.. Clean, .. after], Lease).Violations.Select(v => v.Breach));
    }

    [Fact]
    public void One_entitlement_spent_twice_is_found()
    {
        Assert.Equal(
            Breach.DOUBLE_REDEEM,
            Assert.Single(Analysis.Of([.. Clean, Of(Kind.Redeem, 70, 80) with { Status = 201, Key = "e1" }], Lease).Violations).Breach
        );
    }

    [Theory]
    [InlineData(1L, null)] // older than the revocation acknowledged before
    [InlineData(2L, 3L)] // older than asked for
    public void An_old_revision_is_found(long revision, long? asked)
    {
        var old = Check(150, 160, allowed: false, revision) with { MinRevision = asked };
        Assert.Equal(Breach.OLD_REVISION, Assert.Single(Analysis.Of([.. Clean, old], Lease).Violations).Breach);
    }

    [Fact]
    public void Allowing_longer_than_a_lease_into_an_outage_is_found()
    {
        var outage = Of(Kind.Outage, 400, 5000) with { Cell = null, Replicas = [0, 1, 2] };
        Assert.Empty(Analysis.Of([.. Clean, outage, Check(1400, 1450, allowed: true)], Lease).Violations);
        Assert.Equal(Breach.FAIL_OPEN, Assert.Single(Analysis.Of([.. Clean, outage, Check(1600, 1700, allowed: true)], Lease).Violations).Breach);
        Assert.Empty(Analysis.Of([.. Clean, outage with { Replicas = [1] }, Check(1600, 1700, allowed: true)], Lease).Violations);
    }

    [Fact]
    public void A_commit_reported_while_none_can_be_is_found()
    {
        var outage = Of(Kind.Outage, 400, 5000) with { Cell = null, Replicas = [0, 1, 2], Writes = true };
        var ack = Of(Kind.Revoke, 450, 500) with { Status = 200, Key = "r2", Effective = true };
        Assert.Equal(Breach.FAIL_OPEN, Assert.Single(Analysis.Of([.. Clean, outage, ack], Lease).Violations).Breach);
    }

    [Fact]
    public void An_issue_without_its_audit_record_is_found()
    {
        Assert.Equal(
            Breach.LOST_AUDIT,
            Assert.Single(Analysis.Of([.. Clean, Of(Kind.Issue, 60, 70) with { Status = 201, Key = "e9" }], Lease).Violations).Breach
        );
        Assert.Equal(Breach.LOST_AUDIT, Assert.Single(Analysis.Of([.. Clean, Of(Kind.Unaudited, 1000, 1000) with { Key = "e9" }], Lease).Violations).Breach);
    }

    [Fact]
    public void Answers_that_nothing_explains_are_found()
    {
        var never = Check(70, 80, allowed: true) with { Cell = World.Never.ToString() };
        Assert.Equal(Breach.BAD_DECISION, Assert.Single(Analysis.Of([.. Clean, never], Lease).Violations).Breach);
        Assert.Equal(Breach.BAD_DECISION, Assert.Single(Analysis.Of([.. Clean, Check(70, 80, allowed: true) with { Status = 503 }], Lease).Violations).Breach);
        Assert.Equal(Breach.BAD_DECISION, Assert.Single(Analysis.Of([.. Clean, Of(Kind.Check, 70, 80) with { Status = 200 }], Lease).Violations).Breach);
    }

    [Fact]
    public void A_denial_of_what_was_granted_is_counted_and_no_answer_too()
    {
        var findings = Analysis.Of([.. Clean, Check(15, 18, allowed: false), Of(Kind.Check, 15, 18) with { Error = "timeout" }], Lease);
        Assert.Empty(findings.Violations);
        Assert.Equal((1, 1), (findings.FalseDenies, findings.Unavailable));
    }

    [Fact]
    public async Task A_history_says_the_same_after_it_was_written_and_read()
    {
        var history = new History();
        foreach (var entry in Clean.Append(Check(150, 160, allowed: true, revision: 2)))
        {
            history.Add(entry);
        }
        var file = Path.GetTempFileName();
        await history.WriteAsync(file);
        Assert.Equal(Analysis.Of(history.Entries(), Lease).ToString(), Analysis.Of(History.Read(file), Lease).ToString());
        File.Delete(file);
    }

    private static Entry Of(Kind kind, int from, int until) =>
        new()
        {
            Kind = kind,
            Cell = "person/app",
            Replica = 0,
            T0 = from * 1000L,
            T1 = until * 1000L,
        };

    private static Entry Check(int from, int until, bool allowed, long? revision = null) =>
        Of(Kind.Check, from, until) with
        {
            Status = 200,
            Decision = allowed,
            Revision = revision,
        };
}
