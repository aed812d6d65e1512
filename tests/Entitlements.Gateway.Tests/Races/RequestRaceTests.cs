using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Requests;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Requests;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Races;

/// <summary>Many hands on one request: one outcome, and every hand is accounted for.</summary>
public sealed class RequestRaceTests(PostgresServer postgres)
{
    [Fact]
    public async Task A_thousand_votes_at_two_replicas_have_one_outcome_and_each_is_accounted_for()
    {
        const int Needed = 20;
        await using var replicas = await Replicas.StartAsync(postgres, ("RateLimits:AddressPerSecond", "1000000"));
        var voters = await AddPeopleAsync(replicas.First, 1_000, "voter");
        var id = await AskedAsync(replicas.First, "voter", Needed);
        var answers = await Task.WhenAll(voters.Index().Select(v => UntilServedAsync(replicas.All[v.Index % 2], v.Item, id)));

        var (counted, late) = (answers.Where(a => a.Status == HttpStatusCode.OK).ToList(), answers.Where(a => a.Status == HttpStatusCode.Conflict).ToList());
        Assert.Equal((Needed, 1_000 - Needed), (counted.Count, late.Count));
        Assert.All(late, answer => Assert.Contains("request_decided", answer.Body, StringComparison.Ordinal));
        Assert.Equal(1, counted.Count(answer => answer.Body.Contains("granted", StringComparison.Ordinal)));
        Assert.Equal(Needed, await replicas.First.InDatabaseAsync(db => db.RequestVotes.CountAsync(v => v.Request == id)));
        Assert.Equal(Needed, await replicas.First.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Target == id && e.Kind == "request.voted")));
        Assert.Equal(1, await replicas.First.InDatabaseAsync(db => db.Assignments.CountAsync(a => a.Origin == id)));
        Assert.Equal(1, await replicas.First.InDatabaseAsync(db => db.AuditEvents.CountAsync(e => e.Kind == "assignment.granted" && e.Details.Contains(id))));
    }

    [Fact]
    [Trait("Abuse", "42")]
    public async Task Abuse_42_of_an_approval_and_a_withdrawal_at_the_same_time_one_wins()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var askers = await AddPeopleAsync(replicas.First, 100);
        await AskableAsync(replicas.First, "approver", 1);
        foreach (var asker in askers)
        {
            var id = await AskAsync(replicas.First, asker);
            using var withdrawer = replicas.Second.As(asker);
            var vote = VoteAsync(replicas.First, "north-approver-1", id);
            var withdrawal = withdrawer.PostAsJsonAsync($"/v1/requests/{id}/withdraw", new { });
            var approved = (await vote).Status;
            var withdrawn = (await withdrawal).StatusCode;
            var (state, held) = await replicas.First.InDatabaseAsync(async db =>
                (
                    await db.AccessRequests.Where(r => r.Id == id).Select(r => r.Status).SingleAsync(),
                    await db.Assignments.CountAsync(a => a.Origin == id && !a.Ended)
                )
            );
            Assert.Equal(HttpStatusCode.OK, withdrawn); // before the vote it withdraws, after it hands back
            Assert.Equal(0, held);
            Assert.Equal(approved == HttpStatusCode.OK ? RequestStatus.Granted : RequestStatus.Withdrawn, state);
            var ends = await replicas.First.InDatabaseAsync(db =>
                db.AuditEvents.CountAsync(e => e.Target == id && (e.Kind == "request.withdrawn" || e.Kind == "grant.handed_back"))
            );
            Assert.Equal(1, ends);
        }
    }

    [Fact]
    public async Task The_same_request_sent_many_times_at_once_is_made_once()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var asker = (await AddPeopleAsync(replicas.First, 1))[0];
        await AskableAsync(replicas.First, "approver", 1);
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async i =>
                {
                    using var http = replicas.All[i % 2].As(asker);
                    return (await http.PostAsJsonAsync("/v1/requests", new { role = "surveillance", reason = "needed" })).StatusCode;
                })
        );
        Assert.Equal(1, answers.Count(a => a == HttpStatusCode.Created));
        Assert.Equal(19, answers.Count(a => a == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Workers_of_all_replicas_move_each_request_on_once()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        var askers = await AddPeopleAsync(replicas.First, 30);
        await AskableAsync(replicas.First, "approver", 1);
        foreach (var asker in askers)
        {
            await AskAsync(replicas.First, asker);
        }
        await AskableAsync(replicas.First, "approver", 1, longest: "P20D"); // and with it all 30 lose their ground
        await Replicas.UntilAsync(() => replicas.First.InDatabaseAsync(db => db.AccessRequests.AllAsync(r => !r.IsOpen)));
        var told = await replicas.First.InDatabaseAsync(db => db.Outbox.CountAsync(m => m.Kind == "request.decided"));
        Assert.Equal(30, told);
    }

    private static async Task<List<string>> AddPeopleAsync(TestGateway gateway, int count, params string[] roles)
    {
        foreach (var role in roles)
        {
            await gateway.AddRoleAsync("north", role);
        }
        var people = Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"hand-{i}")).ToList();
        await gateway.InDatabaseAsync(async db =>
        {
            var rows = people.ConvertAll(id => new Entitlements.Gateway.Assignments.SubjectRow
            {
                Tenant = "north",
                Issuer = gateway.Issuer.Authority,
                Id = id,
                Person = $"person-of-{id}",
            });
            db.Subjects.AddRange(rows);
            await db.SaveChangesAsync();
            db.Assignments.AddRange(
                from row in rows
                from role in roles
                select new Entitlements.Gateway.Assignments.RoleAssignmentRow
                {
                    Tenant = "north",
                    Role = role,
                    SubjectKey = row.Key,
                    NotBefore = DateTimeOffset.UnixEpoch,
                }
            );
            await db.SaveChangesAsync();
        });
        return people;
    }

    /// <summary>Role <c>surveillance</c> can be asked for.</summary>
    private static async Task AskableAsync(TestGateway gateway, string approvers, int votes, string longest = "P30D")
    {
        using var admin = gateway.As("north-role-admin");
        const string Path = "/v1/tenants/north/roles/surveillance/approval";
        if (await gateway.InDatabaseAsync(db => db.Roles.AllAsync(r => r.Id != "surveillance")))
        {
            await gateway.AddRoleAsync("north", "surveillance");
        }
        var policy = RequestWorld.Policy(RequestWorld.Stage(approvers, votes));
        policy["longest_grant"] = longest;
        var seen = await admin.GetAsync(Path) is { StatusCode: HttpStatusCode.OK } known ? known.Headers.ETag!.Tag : null;
        await gateway.PublishAsync(await admin.PutAsync(Path, policy, seen), "north-approver-2");
    }

    private static async Task<string> AskedAsync(TestGateway gateway, string approvers, int votes)
    {
        await AskableAsync(gateway, approvers, votes);
        return await AskAsync(gateway, "north-dpo");
    }

    private static async Task<string> AskAsync(TestGateway gateway, string asker)
    {
        using var http = gateway.As(asker);
        var made = await http.PostAsJsonAsync("/v1/requests", new { role = "surveillance", reason = "needed" });
        return (string)(await made.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
    }

    private static async Task<(HttpStatusCode Status, string Body)> VoteAsync(TestGateway gateway, string voter, string id)
    {
        using var http = gateway.As(voter);
        var answer = await http.PostAsJsonAsync($"/v1/requests/{id}/votes", new { vote = "approve", reason = "seen" });
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Asks again while the gateway is too busy, as it says.</summary>
    private static async Task<(HttpStatusCode Status, string Body)> UntilServedAsync(TestGateway gateway, string voter, string id)
    {
        while (true)
        {
            var answer = await VoteAsync(gateway, voter, id);
            if (answer.Status != HttpStatusCode.ServiceUnavailable)
            {
                return answer;
            }
        }
    }
}
