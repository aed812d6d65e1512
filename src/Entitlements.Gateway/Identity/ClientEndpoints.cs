using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Identity;

/// <summary><c>/v1/clients</c>: which programs may call, for which tenants and with which scopes. <c>?issuer=</c> where more than one provider is configured.</summary>
internal static class ClientEndpoints
{
    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        var clients = routes.MapGroup("/v1/clients").WithTags("Clients");
        clients
            .MapGet("", ListAsync)
            .WithName("ListClients")
            .WithSummary("All registrations.")
            .Produces<Page<ClientView>>()
            .PermitManaging(Function.PlatformAdmin);
        clients
            .MapGet("{client}", ReadAsync)
            .WithName("GetClient")
            .WithSummary("One registration.")
            .Produces<ClientView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .PermitManaging(Function.PlatformAdmin);
        clients
            .MapPut("{client}", WriteAsync)
            .WithName("PutClient")
            .WithSummary("Registers a client or widens it: a change voted by an approver of each tenant it names. Narrowing acts at once.")
            .ProducesWrite()
            .PermitManaging(Function.PlatformAdmin);
        clients
            .MapDelete("{client}", RemoveAsync)
            .WithName("DeleteClient")
            .WithSummary("Ends a registration at once.")
            .ProducesWrite()
            .PermitManaging(Function.PlatformAdmin);
    }

    private static async Task<IResult> ListAsync(PageQuery page, EntitlementsDb db, string? issuer)
    {
        var rows = await db.Clients.AsNoTracking().Where(c => issuer == null || c.Issuer == issuer).ToListAsync();
        var shown = rows.Select(ClientView.Of)
            .OrderBy(KeyOf, StringComparer.Ordinal)
            .Where(c => page.After is null || string.CompareOrdinal(KeyOf(c), page.After) > 0);
        return TypedResults.Ok(page.Of([.. shown.Take(page.Limit + 1)], KeyOf));
    }

    private static async Task<IResult> ReadAsync(OpaqueId client, HttpContext context, EntitlementsDb db, TrustedProviders providers, string? issuer)
    {
        var home = IssuerOf(providers, issuer);
        var row = await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.Issuer == home && c.ClientId == client.Value);
        return WriteResults.OfResource(context, row is null ? null : ClientView.Of(row), row?.Version ?? 0);
    }

    private static async Task<IResult> WriteAsync(
        OpaqueId client,
        WriteRequest request,
        Body<ClientBody> body,
        TrustedProviders providers,
        ChangeDesk desk,
        string? issuer
    )
    {
        var given = body.Value;
        if (issuer is not null && given.Issuer is not null && issuer != given.Issuer)
        {
            return Problems.BadRequest(("/issuer", "must be the issuer that the query names"));
        }
        var home = IssuerOf(providers, issuer ?? given.Issuer);
        var faults = FaultsOf(given, providers.ByIssuer(home)!).ToList();
        if (faults.Count > 0)
        {
            return Problems.BadRequest(faults);
        }
        string[] functions = [.. given.Functions.SelectMany(t => t.Value.Select(f => $"{t.Key}/{f}")).Distinct().Order(StringComparer.Ordinal)];
        return (
            await desk.SubmitAsync(
                request,
                new ClientAlteration(
                    home,
                    client.Value,
                    Sorted(given.Tenants.Select(t => t.Value)),
                    Sorted(given.Scopes),
                    functions,
                    given.ServiceSubject,
                    given.Person
                )
            )
        ).ToResult();
    }

    private static async Task<IResult> RemoveAsync(OpaqueId client, WriteRequest request, TrustedProviders providers, ChangeDesk desk, string? issuer) =>
        (await desk.SubmitAsync(request, new ClientRemoval(IssuerOf(providers, issuer), client.Value))).ToResult();

    /// <summary>The issuer meant: the only one configured, or the one named.</summary>
    private static string IssuerOf(TrustedProviders providers, string? issuer) =>
        issuer switch
        {
            null when providers.All.Count == 1 => providers.All.First().Issuer,
            null => throw new ProblemException(
                Problems.BadRequest("More than one provider is configured: name the client's with ?issuer=.", "issuer_required")
            ),
            _ => providers.ByIssuer(issuer)?.Issuer
                ?? throw new ProblemException(Problems.BadRequest("issuer must be a configured provider.", "invalid_issuer")),
        };

    private static IEnumerable<(string, string)> FaultsOf(ClientBody body, TrustedProvider provider)
    {
        if (body.Tenants.Any(t => !provider.Tenants.Contains(t.Value)))
        {
            yield return ("/tenants", "must be tenants that the client's provider lists");
        }
        if (body.Scopes.Except(Scopes.All).Any())
        {
            yield return ("/scopes", $"must be among {string.Join(' ', Scopes.All)}");
        }
        foreach (var (tenant, functions) in body.Functions)
        {
            var allowed = tenant == TenantRow.Platform ? [Function.PlatformAdmin] : Function.OfTenant;
            if (!body.Tenants.Any(t => t.Value == tenant) || functions.Except(allowed).Any())
            {
                yield return ("/functions", "must be administrative roles of tenants that the registration names");
            }
        }
        if (body.ServiceSubject is { } service && !OpaqueId.IsValid(service))
        {
            yield return ("/service_subject", "must be an id of 1 to 256 bytes without control characters");
        }
        if (body.Person is { } person && !Names.IsName(person))
        {
            yield return ("/person", FormattableString.Invariant($"must be 1 to {Names.Longest} visible characters"));
        }
    }

    private static string[] Sorted(IEnumerable<string> values) => [.. values.Distinct().Order(StringComparer.Ordinal)];

    private static string KeyOf(ClientView client) => $"{client.Issuer} {client.ClientId}";

    internal sealed record ClientBody
    {
        /// <summary>May be left out with one provider.</summary>
        public string? Issuer { get; init; }
        public required IReadOnlyList<NameId> Tenants { get; init; }
        public required IReadOnlyList<string> Scopes { get; init; }

        /// <summary>Administrative roles by tenant.</summary>
        public IReadOnlyDictionary<string, IReadOnlyList<string>> Functions { get; init; } =
            new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

        /// <summary>The <c>sub</c> that proves a Keycloak token to be this client's.</summary>
        public string? ServiceSubject { get; init; }

        /// <summary>Who answers for it: it proposes as that person, who may not vote on that.</summary>
        public string? Person { get; init; }
    }

    internal sealed record ClientView(
        string ClientId,
        string Issuer,
        IReadOnlyList<string> Tenants,
        IReadOnlyList<string> Scopes,
        IReadOnlyDictionary<string, IReadOnlyList<string>> Functions,
        string? ServiceSubject,
        string? Person
    )
    {
        public static ClientView Of(ClientRow row) =>
            new(
                row.ClientId,
                row.Issuer,
                row.Tenants,
                row.Scopes,
                row.Functions.Select(f => f.Split('/'))
                    .GroupBy(f => f[0], f => f[1], StringComparer.Ordinal)
                    .ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g], StringComparer.Ordinal),
                row.ServiceSubject,
                row.Person
            );
    }
}
