using Entitlements.Engine.Changes;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Entitlements.Gateway.Requests;

/// <summary>One person lets another vote on requests in their stead, for a time.</summary>
internal sealed class DelegationRow
{
    public required string Tenant { get; init; }
    public required long FromSubject { get; init; }
    public required long ToSubject { get; init; }
    public required DateTimeOffset NotBefore { get; set; }

    /// <summary>First instant no longer in force.</summary>
    public required DateTimeOffset NotAfter { get; set; }
    public bool Ended { get; set; }
    public long Version { get; set; } = 1;
}

internal sealed class DelegationMappings : IEntityTypeConfiguration<DelegationRow>
{
    public void Configure(EntityTypeBuilder<DelegationRow> row)
    {
        row.ToTable("delegation", t => t.HasCheckConstraint("ck_delegation_window", "not_before < not_after"));
        row.HasKey(d => new { d.FromSubject, d.ToSubject });
        row.HasIndex(d => d.ToSubject);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(d => d.FromSubject).OnDelete(DeleteBehavior.Restrict);
        row.HasOne<SubjectRow>().WithMany().HasForeignKey(d => d.ToSubject).OnDelete(DeleteBehavior.Restrict);
    }
}

/// <summary>Sets a delegation: a change, on which whoever would receive it does not vote.</summary>
internal sealed record DelegationAlteration(string Tenant, string From, string To, DateTimeOffset? NotBefore, DateTimeOffset NotAfter)
    : DelegationWrite(Tenant, From, To)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(92);

    public override async Task<Weight> WeighAsync(WriteScope scope)
    {
        var (from, to) = await BothAsync(scope);
        if (from is null || to is null)
        {
            return Weight.NotFound;
        }
        var begins = NotBefore ?? scope.Now;
        if (NotAfter <= scope.Now || NotAfter <= begins || NotAfter > begins + Longest)
        {
            return Weight.Refused("window_empty", "until must lie in the future, after from, and at most 92 days after it.");
        }
        if (from.Person is null || to.Person is null || from.Person == to.Person || !to.Active)
        {
            return Weight.Refused("person_required", "A right to vote goes to another person with an employee number on record.");
        }
        var row = await FindAsync(scope, from, to);
        return new(Reach.Widens, row?.Version ?? 0) { Versioned = row is not null, Named = [to.Person] };
    }

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var (from, to) = await BothAsync(scope);
        var begins = NotBefore is { } booked && booked > scope.Earliest ? booked : scope.Earliest;
        if (NotAfter <= begins)
        {
            throw new RefusedException(new("window_empty", "Its time has passed while it waited for votes.", StatusCodes.Status409Conflict));
        }
        if (await FindAsync(scope, from!, to!) is { } row)
        {
            (row.NotBefore, row.NotAfter, row.Ended) = (begins, NotAfter, false);
            row.Version++;
        }
        else
        {
            scope.Db.Delegations.Add(
                new()
                {
                    Tenant = Tenant,
                    FromSubject = from!.Key,
                    ToSubject = to!.Key,
                    NotBefore = begins,
                    NotAfter = NotAfter,
                }
            );
        }
        return null;
    }
}

/// <summary>Takes a delegation back, at once; either of the two may.</summary>
internal sealed record DelegationEnd(string Tenant, string From, string To) : DelegationWrite(Tenant, From, To)
{
    public override async Task<Weight> WeighAsync(WriteScope scope) =>
        await BothAsync(scope) is (not null and var from, not null and var to) && await FindAsync(scope, from, to) is { Ended: false } row
            ? new(Reach.Narrows, row.Version)
            : Weight.NotFound;

    public override async Task<object?> ApplyAsync(WriteScope scope, string actor)
    {
        var (from, to) = await BothAsync(scope);
        var row = (await FindAsync(scope, from!, to!))!;
        row.Ended = true;
        row.Version++;
        return null;
    }
}

/// <summary>A write to the delegation from one person to another.</summary>
internal abstract record DelegationWrite(string Tenant, string From, string To) : Alteration
{
    public override string EvidenceTenant => Tenant;
    public override string Target => $"tenant/{Tenant}/delegation/{From}/{To}";

    /// <remarks>None: no decision looks at it.</remarks>
    public override Task<IReadOnlyList<string>?> ScopesAsync(EntitlementsDb db) => Task.FromResult<IReadOnlyList<string>?>([]);

    protected async Task<(SubjectRow? From, SubjectRow? To)> BothAsync(WriteScope scope) =>
        (await Subjects.FindAsync(scope.Db, Tenant, issuer: null, From), await Subjects.FindAsync(scope.Db, Tenant, issuer: null, To));

    protected static Task<DelegationRow?> FindAsync(WriteScope scope, SubjectRow from, SubjectRow to) =>
        scope.Db.Delegations.SingleOrDefaultAsync(d => d.FromSubject == from.Key && d.ToSubject == to.Key);
}

/// <summary><c>/v1/delegations</c>: who votes on requests in one's stead.</summary>
internal static class DelegationEndpoints
{
    public static void MapDelegations(this IEndpointRouteBuilder routes)
    {
        var delegations = routes.MapGroup("/v1/delegations").WithTags("Requests").InExercises();
        delegations
            .MapGet("", ListAsync)
            .Permit(anyPerson: true)
            .WithName("ListDelegations")
            .WithSummary("Rights to vote that one gave, or was given.")
            .Produces<Page<DelegationView>>();
        delegations
            .MapPut("{to}", WriteAsync)
            .Permit(anyPerson: true)
            .WithName("PutDelegation")
            .WithSummary("Proposes that another votes on requests in one's stead until a time.")
            .ProducesWrite();
        delegations
            .MapDelete("{to}", EndAsync)
            .Permit(anyPerson: true)
            .WithName("EndDelegation")
            .WithSummary("Takes one's right to vote back, at once.")
            .ProducesWrite();
    }

    private static async Task<IResult> ListAsync(Caller caller, PageQuery page, EntitlementsDb db, TimeProvider clock)
    {
        var (key, now) = (caller is Caller.Person { SubjectKey: { } own } ? own : 0, clock.Now());
        var rows = await (
            from delegation in db.Delegations
            join giver in db.Subjects on delegation.FromSubject equals giver.Key
            join taker in db.Subjects on delegation.ToSubject equals taker.Key
            where (delegation.FromSubject == key || delegation.ToSubject == key) && !delegation.Ended && delegation.NotAfter > now
            select new DelegationView(giver.Id, taker.Id, delegation.NotBefore, delegation.NotAfter, delegation.Version)
        ).ToListAsync();
        var shown = rows.OrderBy(KeyOf, StringComparer.Ordinal).Where(d => page.After is null || string.CompareOrdinal(KeyOf(d), page.After) > 0);
        return TypedResults.Ok(page.Of([.. shown.Take(page.Limit + 1)], KeyOf));

        static string KeyOf(DelegationView delegation) => FormattableString.Invariant($"{delegation.Until:O} {delegation.Giver} {delegation.Taker}");
    }

    private static async Task<IResult> WriteAsync(OpaqueId to, WriteRequest request, Body<DelegationBody> body, ChangeDesk desk)
    {
        Text.ReasonFaults(body.Value.Reason, required: true).ThrowIfAny();
        return request.Caller is Caller.Person { Tenant: { } tenant, Subject: var from }
            ? (
                await desk.SubmitAsync(request.For(body.Value.Reason), new DelegationAlteration(tenant, from, to.Value, body.Value.From, body.Value.Until))
            ).ToResult()
            : Problems.NotFound();
    }

    private static async Task<IResult> EndAsync(OpaqueId to, WriteRequest request, ChangeDesk desk) =>
        request.Caller is Caller.Person { Tenant: { } tenant, Subject: var from }
            ? (await desk.SubmitAsync(request, new DelegationEnd(tenant, from, to.Value))).ToResult()
            : Problems.NotFound();
}

/// <param name="Until">First instant no longer in force; at most 92 days after <paramref name="From"/>.</param>
/// <param name="From">Left out: from its publication on.</param>
internal sealed record DelegationBody(DateTimeOffset Until, string Reason, DateTimeOffset? From = null);

/// <param name="Giver">Whose right it is.</param>
/// <param name="Taker">Who votes in their stead.</param>
/// <param name="Version">What <c>If-Match</c> names.</param>
internal sealed record DelegationView(string Giver, string Taker, DateTimeOffset From, DateTimeOffset Until, long Version);
