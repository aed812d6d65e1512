using System.Globalization;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Assignments;

/// <summary><c>/v1/tenants/{tenant}/subjects</c>: a tenant's people. <c>?issuer=</c> names an account of another than the home issuer.</summary>
internal static class SubjectEndpoints
{
    public static void MapSubjects(this IEndpointRouteBuilder routes)
    {
        var subjects = routes.MapGroup("/v1/tenants/{tenant}/subjects").WithTags("Subjects").InExercises();
        string[] readers = [Function.RoleAdmin, Function.DataProtectionOfficer, Function.Auditor, Function.PlatformAdmin];
        subjects
            .MapGet("", ListAsync)
            .WithName("ListSubjects")
            .WithSummary("The tenant's people; by user principal name or person where asked.")
            .Produces<Page<SubjectView>>()
            .PermitManaging(readers);
        subjects
            .MapGet("{subject}", ReadAsync)
            .WithName("GetSubject")
            .WithSummary("One account.")
            .Produces<SubjectView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(readers);
        subjects
            .MapPut("{subject}", WriteAsync)
            .WithName("PutSubject")
            .WithSummary("Creates or describes an account; saying whose it is becomes a change.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
        subjects
            .MapDelete("{subject}", DeactivateAsync)
            .WithName("DeactivateSubject")
            .WithSummary("Ends the account and its assignments; nothing is erased.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
        subjects
            .MapPost("{subject}/suspend", SuspendAsync)
            .WithName("SuspendSubject")
            .WithSummary("Refuses this person everything from now on.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
        subjects
            .MapPost("{subject}/resume", ResumeAsync)
            .WithName("ResumeSubject")
            .WithSummary("Proposes to lift a suspension or to reactivate.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
        routes
            .MapPost("/v1/tenants/{tenant}/imports", ImportAsync)
            .WithTags("Subjects")
            .WithName("ImportPeople")
            .WithSummary("Creates many people with their phones and unrestricted roles, all or none.")
            .ProducesWrite()
            .PermitManaging(Function.RoleAdmin, Function.PlatformAdmin);
    }

    private static async Task<IResult> ListAsync(
        NameId tenant,
        Caller caller,
        PageQuery page,
        EntitlementsDb db,
        TimeProvider clock,
        string? person,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "user_principal_name")] string? userPrincipalName
    )
    {
        if (!await MayReadAsync(db, caller, tenant.Value, clock))
        {
            return Problems.NotFound();
        }
        long after = 0;
        if (page.After is not null && !long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            return Problems.BadRequest("The cursor is not one that this list gave.", "invalid_cursor");
        }
        var rows = await db
            .Subjects.AsNoTracking()
            .Where(s =>
                s.Tenant == tenant.Value
                && s.Key > after
                && (person == null || s.Person == person)
                && (userPrincipalName == null || s.UserPrincipalName == userPrincipalName)
            )
            .OrderBy(s => s.Key)
            .Take(page.Limit + 1)
            .ToListAsync();
        var keys = rows.ConvertAll(s => s.Key);
        var shown = page.Of(rows, s => s.Key.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(new Page<SubjectView>([.. shown.Items.Select(SubjectView.Of)], shown.NextCursor));
    }

    private static async Task<IResult> ReadAsync(
        NameId tenant,
        OpaqueId subject,
        HttpContext context,
        Caller caller,
        EntitlementsDb db,
        TimeProvider clock,
        string? issuer
    )
    {
        var row = await MayReadAsync(db, caller, tenant.Value, clock) ? await Subjects.FindAsync(db, tenant.Value, issuer, subject.Value) : null;
        return WriteResults.OfResource(context, row is null ? null : SubjectView.Of(row), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(
        NameId tenant,
        OpaqueId subject,
        WriteRequest request,
        Body<SubjectBody> body,
        TrustedProviders providers,
        ChangeDesk desk,
        string? issuer
    )
    {
        var given = body.Value;
        if (!SubjectIds.IsVisible(subject.Value))
        {
            return Problems.BadRequest("The subject in the path has characters that cannot be seen.", "invalid_id");
        }
        if (issuer is not null && given.Issuer is not null && issuer != given.Issuer)
        {
            return Problems.BadRequest(("/issuer", "must be the issuer that the query names"));
        }
        if (
            (
                Names.FaultOf("/display_name", given.DisplayName)
                ?? Names.FaultOf("/user_principal_name", given.UserPrincipalName)
                ?? Names.FaultOf("/person", given.Person)
                ?? Contact.FaultOf(given.Email, given.Mobile)
                ?? Issuers.FaultOf(providers, issuer ?? given.Issuer, tenant.Value, "/issuer")
            ) is
            { } fault
        )
        {
            return fault;
        }
        return (
            await desk.SubmitAsync(
                request,
                new SubjectAlteration(
                    tenant.Value,
                    subject.Value,
                    issuer ?? given.Issuer,
                    given.DisplayName,
                    given.UserPrincipalName,
                    given.Person,
                    given.Manager?.Value
                )
                {
                    Email = given.Email,
                    Mobile = given.Mobile,
                    TellBy = given.TellBy,
                }
            )
        ).ToResult();
    }

    private static async Task<IResult> DeactivateAsync(NameId tenant, OpaqueId subject, WriteRequest request, ChangeDesk desk, string? issuer) =>
        (await desk.SubmitAsync(request, new SubjectDeactivation(tenant.Value, subject.Value, issuer))).ToResult();

    private static async Task<IResult> SuspendAsync(NameId tenant, OpaqueId subject, WriteRequest request, ChangeDesk desk, string? issuer) =>
        (await desk.SubmitAsync(request, new SubjectSuspension(tenant.Value, subject.Value, issuer))).ToResult();

    private static async Task<IResult> ResumeAsync(NameId tenant, OpaqueId subject, WriteRequest request, ChangeDesk desk, string? issuer) =>
        (await desk.SubmitAsync(request, new SubjectResumption(tenant.Value, subject.Value, issuer))).ToResult();

    private static async Task<IResult> ImportAsync(NameId tenant, WriteRequest request, Body<ImportBody> body, TrustedProviders providers, ChangeDesk desk)
    {
        var faults = body
            .Value.People.Index()
            .SelectMany(p => FaultsOf(p.Item).Select(f => (FormattableString.Invariant($"/people/{p.Index}/{f.Member}"), f.Fault)))
            .Take(100)
            .ToList();
        if (faults.Count > 0)
        {
            return Problems.BadRequest(faults);
        }
        return Issuers.FaultOf(providers, body.Value.Issuer, tenant.Value, "/issuer")
            ?? (
                await desk.SubmitAsync(request, new PeopleImport(tenant.Value, body.Value.Issuer, [.. body.Value.People.Select(p => p.ToPerson())]))
            ).ToResult();
    }

    private static IEnumerable<(string Member, string Fault)> FaultsOf(ImportedPerson person)
    {
        if (!SubjectIds.IsVisible(person.Subject.Value))
        {
            yield return ("subject", "has characters that cannot be seen");
        }
        foreach (
            var (member, name) in new[] { ("display_name", person.DisplayName), ("user_principal_name", person.UserPrincipalName), ("person", person.Person) }
        )
        {
            if (name is not null && !Names.IsName(name))
            {
                yield return (member, FormattableString.Invariant($"must be 1 to {Names.Longest} visible characters"));
            }
        }
    }

    /// <summary>Platform administrators do not read a tenant's people once it has officers of its own.</summary>
    internal static async Task<bool> MayReadAsync(EntitlementsDb db, Caller caller, string tenant, TimeProvider clock) =>
        caller.Holds(Function.RoleAdmin, tenant)
        || caller.Holds(Function.DataProtectionOfficer, tenant)
        || caller.Holds(Function.Auditor, tenant)
        || await Officers.MayKeepAsync(db, caller, tenant, clock.Now());

    /// <param name="Person">Employee number of the human behind the account.</param>
    /// <param name="Issuer">Whose id it is; the tenant's home issuer where left out.</param>
    /// <param name="Manager">The line manager's subject id, in the tenant's home issuer.</param>
    /// <param name="Email">Where they are told that something waits for them.</param>
    /// <param name="Mobile">The same by text message: <c>+</c> and 8 to 15 digits.</param>
    /// <param name="TellBy">Which of the two first.</param>
    internal sealed record SubjectBody(
        string? DisplayName = null,
        string? UserPrincipalName = null,
        string? Person = null,
        string? Issuer = null,
        OpaqueId? Manager = null,
        string? Email = null,
        string? Mobile = null,
        TellBy TellBy = TellBy.Mail
    );

    /// <param name="Issuer">Whose ids these are; the tenant's home issuer where left out.</param>
    internal sealed record ImportBody(IReadOnlyList<ImportedPerson> People, string? Issuer = null);

    /// <param name="Device">Id of a personal device to register with them.</param>
    internal sealed record ImportedPerson(
        OpaqueId Subject,
        string? DisplayName = null,
        string? UserPrincipalName = null,
        string? Person = null,
        OpaqueId? Device = null,
        IReadOnlyList<NameId>? Roles = null
    )
    {
        public NewPerson ToPerson() => new(Subject.Value, DisplayName, UserPrincipalName, Person, Device?.Value, [.. (Roles ?? []).Select(r => r.Value)]);
    }

    internal sealed record SubjectView(
        string Subject,
        string Issuer,
        string? DisplayName,
        string? UserPrincipalName,
        string? Person,
        string? Manager,
        string? Email,
        string? Mobile,
        TellBy TellBy,
        bool Active,
        bool Suspended
    )
    {
        public static SubjectView Of(SubjectRow row) =>
            new(
                row.Id,
                row.Issuer,
                row.DisplayName,
                row.UserPrincipalName,
                row.Person,
                row.Manager,
                row.Email,
                row.Mobile,
                row.TellBy,
                row.Active,
                row.Suspended
            );
    }
}
