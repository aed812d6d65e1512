using Microsoft.AspNetCore.Authorization;

namespace Entitlements.Gateway.Identity;

/// <summary>Who may call an endpoint: the row of the permission table that stands on the route itself. A route without one is refused to everyone.</summary>
/// <param name="Scope">What a client's token and registration must both allow; null: no clients.</param>
/// <param name="Functions">Held in the route's <c>{tenant}</c>, or in any where the route names none; a client on a <c>manage</c> or <c>audit.read</c> route needs one too.</param>
/// <param name="AnyPerson">Every known person may call, for their own only.</param>
internal sealed record Permit(string? Scope, IReadOnlyList<string> Functions, bool AnyPerson) : IAuthorizationRequirement
{
    public override string ToString() =>
        string.Join(
            " | ",
            new[]
            {
                AnyPerson ? "any person" : null,
                Functions.Count > 0 ? string.Join(", ", Functions) : null,
                Scope is null ? null : $"client:{Scope}",
            }.OfType<string>()
        );
}

internal static class PermitExtensions
{
    /// <summary>Opens the endpoint to clients with <paramref name="scope"/>, holders of <paramref name="functions"/>, and, with <paramref name="anyPerson"/>, every known person.</summary>
    public static TBuilder Permit<TBuilder>(this TBuilder endpoint, string? scope = null, bool anyPerson = false, params string[] functions)
        where TBuilder : IEndpointConventionBuilder
    {
        var permit = new Permit(scope, functions, anyPerson);
        return endpoint.RequireAuthorization(policy => policy.AddRequirements(permit)).WithMetadata(permit);
    }

    /// <summary>For management routes: clients with <c>manage</c> that hold one of the functions, and people who do.</summary>
    public static TBuilder PermitManaging<TBuilder>(this TBuilder endpoint, params string[] functions)
        where TBuilder : IEndpointConventionBuilder => endpoint.Permit(Scopes.Manage, anyPerson: false, functions);
}

/// <summary>Resolves the caller once per request and holds the route's permit against it.</summary>
internal sealed class PermitHandler(CallerResolver callers) : AuthorizationHandler<Permit>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, Permit requirement)
    {
        if (
            context.Resource is not HttpContext request
            || VerifiedToken.From(context.User) is not { } token
            || await callers.ResolveAsync(token) is not { } caller
        )
        {
            return;
        }
        request.Features.Set(caller);
        var standing = StandingOf(caller, requirement, request.GetRouteValue("tenant") as string);
        if (standing == Standing.Granted)
        {
            context.Succeed(requirement);
        }
        else
        {
            context.Fail(new AuthorizationFailureReason(this, standing == Standing.Elsewhere ? Elsewhere : "forbidden"));
        }
    }

    /// <summary>The function is held, but in another tenant: to this caller the route's tenant does not exist.</summary>
    public const string Elsewhere = "elsewhere";

    private static Standing StandingOf(Caller caller, Permit permit, string? tenant)
    {
        if (caller is Caller.Person && permit.AnyPerson)
        {
            return Standing.Granted;
        }
        if (caller is Caller.Client client)
        {
            if (permit.Scope is null || !client.Scopes.Contains(permit.Scope))
            {
                return Standing.None;
            }
            if (permit.Scope is not (Scopes.Manage or Scopes.ReadAudit))
            {
                return tenant is null || client.Tenants.Contains(tenant) ? Standing.Granted : Standing.Elsewhere;
            }
        }
        var held = caller
            .Functions.Select(f => f.Split('/'))
            .Where(f => permit.Functions.Contains(f[1]) && (f[1] != Function.PlatformAdmin || f[0] == Assignments.TenantRow.Platform)) // of the platform's tenant alone
            .ToList();
        return held switch
        {
            [] => Standing.None,
            _ when tenant is null || held.Exists(f => f[0] == tenant || f[1] == Function.PlatformAdmin) => Standing.Granted,
            _ => Standing.Elsewhere,
        };
    }

    private enum Standing
    {
        None,
        Elsewhere,
        Granted,
    }
}
