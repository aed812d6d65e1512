using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>What stands between a person and an app besides their role: devices, accreditations, aid, rules, assessments, guidance.</summary>
internal sealed partial class World
{
    private void PlantDevices(EntitlementsDb db)
    {
        Add(North, Devices[0], DeviceKind.Personal, NorthPeople[0], null);
        Add(North, Devices[1], DeviceKind.Pool, NorthPeople[1], SomeEnd());
        Add(South, Devices[2], DeviceKind.Personal, SouthPeople[0], null);
        if (Chance(0.5))
        {
            Add(North, Devices[2], DeviceKind.Shared, null, null);
        }

        void Add(string tenant, string id, DeviceKind kind, string? subject, DateTimeOffset? until) =>
            db.Devices.Add(
                new()
                {
                    Tenant = tenant,
                    Id = id,
                    Kind = kind,
                    SubjectKey = subject is null ? null : KeyOf(subject),
                    UsableUntil = until,
                    Managed = Chance(0.5),
                }
            );
    }

    private void PlantAccreditations(EntitlementsDb db)
    {
        foreach (var tenant in new[] { North, South })
        {
            db.AccreditationSources.Add(
                new()
                {
                    Tenant = tenant,
                    Id = Source,
                    Accreditations = [.. Accreditations],
                    ReportEvery = TimeSpan.FromDays(99),
                    RegisteredAt = now.AddDays(-50),
                }
            );
            var people = tenant == North ? NorthPeople.Append(SouthPeople[0]) : SouthPeople;
            foreach (var (subject, accreditation) in people.SelectMany(id => Accreditations.Select(one => (id, one))).Where(_ => Chance(0.6)))
            {
                db.Accreditations.Add(
                    new()
                    {
                        Tenant = tenant,
                        Source = Source,
                        SubjectKey = KeyOf(subject),
                        Accreditation = accreditation,
                        NotBefore = now.AddDays(-30),
                        NotAfter = SomeEnd(),
                        Ended = Chance(0.1),
                    }
                );
            }
        }
    }

    private void PlantAid(EntitlementsDb db)
    {
        var until = now.AddDays(10);
        db.Equivalents.Add(
            new()
            {
                Tenant = North,
                Role = Roles[0],
                Home = South,
                HomeRole = Roles[0],
            }
        );
        db.Aids.Add(
            new()
            {
                Id = Aid,
                Host = North,
                Role = Roles[0],
                Home = South,
                HomeRole = Roles[0],
                SubjectKey = KeyOf(SouthPeople[0]),
                NotBefore = now.AddDays(-1),
                NotAfter = until,
                Reason = "flood",
            }
        );
        db.Assignments.Add(
            new()
            {
                Tenant = North,
                Role = Roles[0],
                SubjectKey = KeyOf(SouthPeople[0]),
                Source = AssignmentSource.MutualAid,
                NotBefore = now.AddDays(-1),
                NotAfter = until,
                Origin = Aid,
            }
        );
        db.Assignments.Add(
            new()
            {
                Tenant = South,
                Role = Roles[0],
                SubjectKey = KeyOf(SouthPeople[0]),
                Source = AssignmentSource.Request,
                NotBefore = now.AddDays(-20),
                NotAfter = Chance(0.5) ? null : now.AddDays(30),
            }
        );
    }

    /// <summary>The rule of one tenant for one app, with what else it asks for. Only owner and adopters have any.</summary>
    private void PlantTermsOf(EntitlementsDb db, string app, string tenant)
    {
        var row = db.Apps.Local.Single(a => a.Type == Resource.App && a.Id == app);
        if (row.Owner != tenant && !Chance(0.5))
        {
            return;
        }
        if (row.Owner != tenant)
        {
            db.Adoptions.Add(new() { App = app, Tenant = tenant });
        }
        if (!Chance(0.9))
        {
            return;
        }
        var roles = Some(tenant == North && !row.HighRisk ? Roles.Append(Asked) : Roles, One(0.35, 0.75)); // few: what bars one of them decides
        foreach (var role in db.Roles.Local.Where(r => row.HighRisk && r.Tenant == tenant && roles.Contains(r.Id)))
        {
            role.Restricted = true; // by force
        }
        db.Rules.Add(
            new()
            {
                Tenant = tenant,
                Type = Resource.App,
                App = app,
                Action = Action.Download,
                Roles = roles,
                Device = Chance(0.85) ? DeviceCondition.None : One(DeviceCondition.Known, DeviceCondition.Managed),
                InForceUntil = Chance(0.3) ? SomeLaterEnd() : now.AddDays(365),
                Accreditations = Some(Accreditations, 0.1),
            }
        );
        if (Chance(row.HighRisk ? 0.9 : 0.6))
        {
            db.Assessments.Add(
                new()
                {
                    App = app,
                    Tenant = tenant,
                    Outcome = Chance(0.1) ? AssessmentOutcome.Refused : AssessmentOutcome.Approved,
                    InForceUntil = SomeEnd(),
                    Grace = One(TimeSpan.Zero, TimeSpan.FromDays(5)),
                    Covers = Some(Capabilities, 0.65),
                }
            );
        }
        if (Chance(0.25))
        {
            PlantGuidance(db, app, tenant);
        }
    }

    /// <summary>Two versions, the second perhaps of another substance; some accepted one of them.</summary>
    private void PlantGuidance(EntitlementsDb db, string app, string tenant)
    {
        var substance = Chance(0.5);
        db.Guidance.Add(
            new()
            {
                App = app,
                Tenant = tenant,
                TextVersion = 2,
                AcceptedFrom = substance ? 2 : 1,
            }
        );
        foreach (var version in new[] { 1, 2 })
        {
            db.GuidanceTexts.Add(
                new()
                {
                    App = app,
                    Tenant = tenant,
                    TextVersion = version,
                    English = "Mind",
                    Welsh = "Gofal",
                    Questions = "[]",
                    Substance = version == 1 || substance,
                    PublishedAt = now.AddDays(version - 9),
                }
            );
        }
        foreach (var subject in NorthPeople.Concat(SouthPeople).Where(_ => Chance(0.7)))
        {
            db.Acknowledgements.Add(
                new()
                {
                    App = app,
                    Tenant = tenant,
                    TextVersion = One(1, 2, 2),
                    SubjectKey = KeyOf(subject),
                    At = now.AddDays(-3),
                }
            );
        }
    }

    private void PlantRecords(EntitlementsDb db)
    {
        var conditions = One<Condition[]>(
            [],
            [new(RequestPart.Resource, "level", JsonSerializer.SerializeToElement("low"))],
            [new(RequestPart.Subject, "grade", JsonSerializer.SerializeToElement("senior"))]
        );
        db.Rules.Add(
            new()
            {
                Tenant = North,
                Type = Type,
                App = File,
                Action = "read",
                Roles = Some(Roles, 0.7),
                Device = DeviceCondition.None,
                Conditions = conditions.Length == 0 ? null : StoredJson.Write(conditions),
            }
        );
    }

    /// <summary>Some have redeemed an app before, on a device of theirs: it counts for the grace, and against the limit.</summary>
    private void PlantRedemptions(EntitlementsDb db)
    {
        foreach (var release in db.Releases.Local.Where(r => r.PublishedAt is not null && Chance(0.4)))
        {
            var (id, subject) = (FormattableString.Invariant($"{Id("ent")}-{release.Key}"), One(NorthPeople));
            db.Entitlements.Add(
                new()
                {
                    Id = id,
                    Tenant = North,
                    SubjectKey = KeyOf(subject),
                    App = release.App,
                    Release = release.Key,
                    Device = One<string?>(null, Devices[0], Devices[1]),
                    ClientIssuer = issuer,
                    ClientId = Client,
                    Assignment = 1,
                    Revision = 0,
                    IssuedAt = now.AddDays(-5),
                    ExpiresAt = now.AddDays(-5),
                }
            );
            db.Redemptions.Add(
                new()
                {
                    Entitlement = id,
                    Session = id,
                    RedeemedAt = now.AddDays(-5),
                    LastByteAt = now.AddDays(-5),
                }
            );
        }
    }

    /// <returns>A shift of the asker's, which is offered to another.</returns>
    private async Task<long> PlantDutyAsync(EntitlementsDb db)
    {
        db.Rotas.Add(
            new()
            {
                Tenant = North,
                Id = Rota,
                Name = Rota,
                Role = Asked,
                TimeZone = "Europe/London",
            }
        );
        var shift = new ShiftRow
        {
            Tenant = North,
            Rota = Rota,
            SubjectKey = KeyOf(Asker),
            NotBefore = now,
            NotAfter = now.AddDays(1),
            Source = ShiftSource.Admin,
        };
        db.RotaShifts.Add(shift);
        await db.SaveChangesAsync();
        db.RotaSwaps.Add(
            new()
            {
                Shift = shift.Id,
                GiverKey = KeyOf(Asker),
                TakerKey = KeyOf(NorthPeople[0]),
                NotBefore = now,
                NotAfter = now.AddDays(1),
                OfferedAt = now,
            }
        );
        await db.SaveChangesAsync();
        return shift.Id;
    }
}
