using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Portal.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Entitlements.Gateway.Identity;

/// <summary>Who may call an endpoint: the row of the permission table that stands on the route itself. A route without one is refused to everyone.</summary>
/// <param name="Scope">What a client's token and registration must both allow; null: no clients.</param>
/// <param name="Functions">Held in the route's <c>{tenant}</c>, or in any where the route names none; a client on a <c>manage</c> or <c>audit.read</c> route needs one too.</param>
/// <param name="AnyPerson">Every known person may call, for their own only.</param>
internal sealed record Permit(string? Scope, IReadOnlyList<string> Functions, bool AnyPerson)
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
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Permit(scope, functions, anyPerson));

    /// <summary>For management routes: clients with <c>manage</c> that hold one of the functions, and people who do.</summary>
    public static TBuilder PermitManaging<TBuilder>(this TBuilder endpoint, params string[] functions)
        where TBuilder : IEndpointConventionBuilder => endpoint.Permit(Scopes.Manage, anyPerson: false, functions);
}

/// <summary>
/// Finds out who is calling, once per request, and holds the route's permit against them: 401 with the challenge, 403, or 404 where the function is
/// held in another tenant, for to this caller the route's tenant does not exist. A route nobody marked is refused to everyone, signed in or not.
/// </summary>
/// <remarks>In place of the stock authorization, which makes a policy's evaluator, its services and a context anew for each request.</remarks>
internal sealed class PermitGate(RequestDelegate next, IAuthenticationService authentication, CallerResolver callers)
{
    /// <summary>Names that routing gives the endpoints it makes up to say 405 with the methods there are, and 415. None runs anything of ours.</summary>
    private static readonly string[] MadeUp = ["405 HTTP Method Not Supported", "415 HTTP Unsupported Media Type"];

    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint() switch
        {
            null => Problems.NotFound().ExecuteAsync(context), // to everyone
            var marked when marked.Metadata.GetMetadata<Permit>() is { } permit => JudgeAsync(context, permit),
            var open when open.Metadata.GetMetadata<IAllowAnonymous>() is not null && ExerciseHeader.IsSent(context.Request) => ExerciseHeader
                .NotHere(StatusCodes.Status400BadRequest)
                .ExecuteAsync(context),
            var open when open.Metadata.GetMetadata<IAllowAnonymous>() is not null || MadeUp.Contains(open.DisplayName) => next(context),
            _ => JudgeAsync(context, permit: null),
        };

    private async Task JudgeAsync(HttpContext context, Permit? permit)
    {
        var exercise = ExerciseHeader.Read(context.Request);
        var caller = context.Features.Get<Caller>(); // known already where a page asks, for who looks at it
        if (caller is null)
        {
            var scheme = context.GetEndpoint()?.Metadata.GetMetadata<PortalMark>() is null ? BearerSchemes.Bearer : SessionCookie.Scheme;
            var found = await authentication.AuthenticateAsync(context, scheme);
            if (!found.Succeeded)
            {
                await context.ChallengeAsync(scheme);
                return;
            }
            caller = permit is not null && VerifiedToken.From(found.Principal) is { } token ? await callers.ResolveAsync(token, exercise) : null;
        }
        if (exercise is not null && caller is not null && context.GetEndpoint()?.Metadata.GetMetadata<InExercises>() is null)
        {
            await ExerciseHeader.NotHere(StatusCodes.Status403Forbidden).ExecuteAsync(context);
            return;
        }
        var tenant = context.GetRouteValue("tenant") as string;
        var standing = caller is null ? Standing.None : StandingOf(caller, permit!, tenant);
        if (standing == Standing.Granted && exercise is null && tenant is not null && caller!.IsPlatformAdmin && await callers.IsExerciseAsync(tenant))
        {
            standing = Standing.Elsewhere; // who acts in earnest does not act in an exercise, wherever they may act
        }
        context.Features.Set(caller);
        await (
            standing switch
            {
                Standing.Granted => next(context),
                Standing.Elsewhere => Problems.NotFound().ExecuteAsync(context),
                Standing.None => Problems.Forbidden().ExecuteAsync(context),
            }
        );
    }

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
