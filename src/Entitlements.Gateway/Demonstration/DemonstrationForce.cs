using System.Globalization;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Identity.BuiltIn;

namespace Entitlements.Gateway.Demonstration;

/// <summary>One fictional force: its officers, people, roles, and what it opens to whom.</summary>
/// <param name="People">How many, numbered from 1.</param>
/// <param name="Negotiators">The first so many of them.</param>
internal sealed record Force(string Tenant, string Name, int People, int Negotiators);

/// <summary>Loads one force by the functions that may.</summary>
internal sealed class DemonstrationForce(DemonstrationDesk desk, DemonstrationApps apps, Force force, TimeProvider clock)
{
    public const string Negotiator = "hostage-negotiator";
    public const string Officer = "officer";

    public string Tenant => force.Tenant;

    /// <summary>First officers: proposed by one platform administrator, approved by another.</summary>
    public async Task AppointAsync(Caller first, Caller second)
    {
        await desk.DoAsync(first, new TenantAlteration(Tenant, force.Name, desk.Issuer));
        (string Id, string Function)[] staff =
        [
            ("app-owner", Function.AppOwner),
            ("auditor", Function.Auditor),
            ("service-desk", Function.ServiceDesk), // before the last of those without whom platform administrators may appoint
            ("approver-1", Function.Approver),
            ("approver-2", Function.Approver),
            ("role-admin", Function.RoleAdmin),
            ("dpo", Function.DataProtectionOfficer),
        ];
        foreach (var (id, _) in staff)
        {
            await desk.DecideAsync(first, new SubjectAlteration(Tenant, $"{Tenant}-{id}", null, $"{force.Name} {id}", null, $"{Tenant}-{id}"), second);
        }
        foreach (var (id, function) in staff)
        {
            await desk.DecideAsync(first, new AssignmentAlteration(Tenant, function, $"{Tenant}-{id}", null, null, null), second);
        }
    }

    /// <summary>The store's clients: proposed by a platform administrator, voted on by an approver of the force.</summary>
    public async Task RegisterClientsAsync(Caller platform)
    {
        var approver = await desk.PersonAsync($"{Tenant}-approver-1");
        foreach (var client in new[] { $"{Tenant}-store", $"{Tenant}-scim" })
        {
            await desk.DecideAsync(platform, ClientOf(client, [Tenant], []), approver);
        }
    }

    public ClientAlteration ClientOf(string client, IReadOnlyList<string> tenants, IReadOnlyList<string> functions, string? person = null) =>
        new(desk.Issuer, client, tenants, DemonstrationClients.Confidential[client], functions, null, person);

    /// <summary>Everybody with a phone, a number and the officer's role, in one change; the negotiators each by one of their own.</summary>
    public async Task PeopleAsync()
    {
        var (admin, approver) = (await desk.PersonAsync($"{Tenant}-role-admin"), await desk.PersonAsync($"{Tenant}-approver-1"));
        await desk.DoAsync(admin, new RoleAlteration(Tenant, Officer, "Police officer", null, null, Sensitive: false, Restricted: false, []));
        await desk.DoAsync(
            admin,
            new RoleAlteration(Tenant, Negotiator, "Hostage negotiator", force.Negotiators, TimeSpan.FromDays(365), Sensitive: true, Restricted: true, [])
        );
        await desk.DecideAsync(admin, new PeopleImport(Tenant, null, [.. Enumerable.Range(1, force.People).Select(PersonOf)]), approver);
        for (var number = 1; number <= force.Negotiators; number++)
        {
            await desk.DecideAsync(admin, new AssignmentAlteration(Tenant, Negotiator, IdOf(number), null, null, null), approver);
        }
    }

    /// <summary>The recorder's assessment, before its first release: a release that can do more is held.</summary>
    public async Task AssessAsync() =>
        await desk.DecideAsync(
            await desk.PersonAsync($"{Tenant}-app-owner"),
            new SetAssessment(DemonstrationApps.CallRecorder, Tenant, AssessmentOutcome.Approved, clock.GetUtcNow().AddDays(365), SetAssessment.DefaultGrace)
            {
                Covers = DemonstrationApps.RecorderCapabilities,
                Record = new()
                {
                    Owner = $"{Tenant}-app-owner",
                    Regime = Regime.LawEnforcement,
                    Purpose = "Recording negotiations with people who hold hostages, where a life is in danger.",
                    Data = "Voices and numbers of everyone who calls or is called while it is switched on; kept as evidence, else 31 days.",
                    Risks = "Calls of the family, of lawyers or of colleagues are recorded; nobody on the line knows.",
                    Measures = "Twelve negotiators at most, by name; guidance with questions; a phone of its own, handed in the same day.",
                },
            },
            await desk.PersonAsync($"{Tenant}-approver-1"),
            await desk.PersonAsync($"{Tenant}-dpo")
        );

    /// <summary>The rules, then the guidance: approver and DPO vote where reach or risk asks for it. The negotiators accept the guidance themselves.</summary>
    public async Task OpenAsync(params (string App, string Role)[] opened)
    {
        var (owner, approver, dpo) = (
            await desk.PersonAsync($"{Tenant}-app-owner"),
            await desk.PersonAsync($"{Tenant}-approver-1"),
            await desk.PersonAsync($"{Tenant}-dpo")
        );
        foreach (var (app, role) in opened)
        {
            await desk.DecideAsync(
                owner,
                new SetRule(Tenant, Resource.App, app, Engine.Decisions.Action.Download, [role], DeviceCondition.Known, [])
                {
                    InForceUntil = clock.GetUtcNow() + SetRule.DefaultTerm,
                },
                approver,
                dpo
            );
        }
        var guidance = DemonstrationGuidance.Of(Tenant);
        await desk.DecideAsync(owner, guidance, approver, dpo);
        for (var number = 1; number <= force.Negotiators; number++)
        {
            await apps.AcceptAsync(await desk.PersonAsync(IdOf(number)), guidance);
        }
    }

    private string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Tenant}-{number:D4}");

    private NewPerson PersonOf(int number) =>
        new(
            IdOf(number),
            null,
            string.Create(CultureInfo.InvariantCulture, $"{Tenant}.{number:D4}@{Tenant}.example"),
            IdOf(number), // so that they may ask for access
            string.Create(CultureInfo.InvariantCulture, $"{Tenant}-phone-{number:D4}"),
            [Officer]
        );
}
