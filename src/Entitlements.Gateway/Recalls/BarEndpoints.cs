using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Recalls;

/// <summary>A bar, or the lifting of bars.</summary>
internal sealed record BarBody
{
    public required string Reason { get; init; }

    /// <summary>Where. Left out: the caller's own tenant. <c>["*"]</c>: every tenant, now and later; for the owner and platform administrators.</summary>
    public IReadOnlyList<string>? Tenants { get; init; }
}

/// <summary><c>suspend</c>, <c>withdraw</c>, <c>recall</c>, <c>resume</c> of an app; <c>yank</c>, <c>suspend</c>, <c>resume</c> of a release. One call, no If-Match.</summary>
internal static class BarEndpoints
{
    private static readonly string[] OwnerOrPlatform = [Function.AppOwner, Function.PlatformAdmin];

    public static void MapBars(this IEndpointRouteBuilder routes)
    {
        var app = routes.MapGroup("/v1/apps/{app}").WithTags("Recalls").InExercises();
        Bar(app, "/suspend", Bars.Suspended, platform: true, "SuspendApp", "Nobody, until it is lifted by a change.");
        Bar(app, "/withdraw", Bars.Withdrawn, platform: false, "WithdrawApp", "No new entitlements; copies stay.");
        Bar(app, "/recall", Bars.Recalled, platform: true, "RecallApp", "Nobody, for good: the app returns only as a new app.");
        app.MapPost(
                "/resume",
                (WriteRequest request, NameId app, Body<BarBody> body, BarAuthority authority, ChangeDesk desk) =>
                    LiftAsync(new(request, authority, desk), app.Value, null, null, body.Value)
            )
            .PermitManaging(OwnerOrPlatform)
            .WithName("ResumeApp")
            .WithSummary("Proposes lifting suspension and withdrawal; never a recall.")
            .ProducesWrite();

        var release = app.MapGroup("/releases/{version}/{platform}");
        BarRelease(release, "/yank", Bars.Withdrawn, platform: false, "YankRelease", "No new entitlements for this release.");
        BarRelease(release, "/suspend", Bars.Suspended, platform: true, "SuspendRelease", "Nobody gets this release until it is lifted by a change.");
        release
            .MapPost(
                "/resume",
                (WriteRequest request, NameId app, NameId version, NameId platform, Body<BarBody> body, BarAuthority authority, ChangeDesk desk) =>
                    LiftAsync(new(request, authority, desk), app.Value, version.Value, platform.Value, body.Value)
            )
            .PermitManaging(OwnerOrPlatform)
            .WithName("ResumeRelease")
            .WithSummary("Proposes lifting yank and suspension of a release.")
            .ProducesWrite();
    }

    private static void Bar(RouteGroupBuilder routes, string path, Bars kind, bool platform, string name, string summary) =>
        routes
            .MapPost(
                path,
                (WriteRequest request, NameId app, Body<BarBody> body, BarAuthority authority, ChangeDesk desk) =>
                    PlaceAsync(new(request, authority, desk), new(kind, platform), app.Value, null, null, body.Value)
            )
            .PermitManaging(FunctionsFor(kind, platform))
            .WithName(name)
            .WithSummary(summary)
            .ProducesWrite();

    private static void BarRelease(RouteGroupBuilder routes, string path, Bars kind, bool platform, string name, string summary) =>
        routes
            .MapPost(
                path,
                (WriteRequest request, NameId app, NameId version, NameId platform, Body<BarBody> body, BarAuthority authority, ChangeDesk desk) =>
                    PlaceAsync(
                        new(request, authority, desk),
                        new(kind, AnyPlatformAdmin: kind == Bars.Suspended),
                        app.Value,
                        version.Value,
                        platform.Value,
                        body.Value
                    )
            )
            .PermitManaging(FunctionsFor(kind, platform))
            .WithName(name)
            .WithSummary(summary)
            .ProducesWrite();

    private static string[] FunctionsFor(Bars kind, bool platform) =>
        [.. BarAuthority.FunctionsFor(kind), .. platform ? [Function.PlatformAdmin] : Array.Empty<string>()];

    /// <summary>What the handlers share.</summary>
    private sealed record Call(WriteRequest Request, BarAuthority Authority, ChangeDesk Desk)
    {
        public async Task<IResult> SubmitAsync(BarBody body, Alteration alteration) =>
            (await Desk.SubmitAsync(Request.For(body.Reason), alteration)).ToResult();
    }

    private sealed record Placing(Bars Kind, bool AnyPlatformAdmin);

    private static async Task<IResult> PlaceAsync(Call call, Placing placing, string app, string? version, string? platform, BarBody body)
    {
        Text.ReasonFaults(body.Reason, required: true).ThrowIfAny();
        var (scope, refusal) = await call.Authority.ResolveAsync(
            call.Request.Caller,
            app,
            body.Tenants,
            BarAuthority.FunctionsFor(placing.Kind),
            placing.AnyPlatformAdmin
        );
        return scope is null
            ? refusal!.ToResult()
            : await call.SubmitAsync(body, new BarApp(app, version, platform, placing.Kind, scope.Tenants, scope.Evidence, body.Reason));
    }

    private static async Task<IResult> LiftAsync(Call call, string app, string? version, string? platform, BarBody body)
    {
        Text.ReasonFaults(body.Reason, required: true).ThrowIfAny();
        var (scope, refusal) = await call.Authority.ResolveAsync(
            call.Request.Caller,
            app,
            body.Tenants,
            BarAuthority.FunctionsFor(Bars.Suspended),
            platform: true
        );
        return scope is null ? refusal!.ToResult() : await call.SubmitAsync(body, new LiftBars(app, version, platform, scope.Tenants, scope.Evidence));
    }
}
