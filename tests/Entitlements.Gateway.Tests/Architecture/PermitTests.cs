using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Architecture;

/// <summary>The permission table, held against every route there is.</summary>
public sealed class PermitTests
{
    [Fact]
    public async Task Every_route_states_who_may_call_it_and_the_table_is_reviewed()
    {
        await using var gateway = await TestGateway.StartAsync();
        var table = Routes(gateway).Select(e => $"{Methods(e), -12} {e.RoutePattern.RawText} -> {Who(e)}").Distinct().Order(StringComparer.Ordinal);
        await Snapshot.ShouldMatchAsync(string.Join('\n', table) + "\n", "permits.snapshot");
    }

    [Fact]
    public async Task A_route_nobody_marked_is_refused_to_everyone()
    {
        await using var gateway = await TestGateway.StartAsync();
        Assert.DoesNotContain(Routes(gateway), e => e.Metadata.GetMetadata<Permit>() is null && e.Metadata.GetMetadata<IAllowAnonymous>() is null);
        Assert.Equal(StatusCodes.Status401Unauthorized, await EnterAsync(gateway, token: null));
        Assert.Equal(StatusCodes.Status403Forbidden, await EnterAsync(gateway, gateway.Issuer.PersonToken("north-role-admin")));
        Assert.Equal(
            StatusCodes.Status200OK,
            await EnterAsync(gateway, gateway.Issuer.PersonToken("north-role-admin"), new Permit(null, ["role-admin"], false))
        );
    }

    /// <summary>At the gate before a route with these marks; 200 is what lies behind it.</summary>
    private static async Task<int> EnterAsync(TestGateway gateway, string? token, params object[] marks)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.Headers.Authorization = token is null ? default : $"Bearer {token}";
        context.SetEndpoint(new(null, new(marks), "a route"));
        var gate = ActivatorUtilities.CreateInstance<PermitGate>(
            gateway.Services,
            (RequestDelegate)(
                _ => context.Features.Get<Caller>() is null ? throw new InvalidOperationException("nobody passes who is not known") : Task.CompletedTask
            )
        );
        await gate.InvokeAsync(context);
        return context.Response.StatusCode;
    }

    /// <summary>Open by contract; everything else needs a permit.</summary>
    [Fact]
    public async Task Only_what_the_contract_opens_is_open()
    {
        await using var gateway = await TestGateway.StartAsync();
        string[] open =
        [
            "/health/",
            "/.well-known/",
            "/openapi/",
            "/docs",
            "/scalar",
            "/connect/",
            "/sign-in",
            "/sign-out",
            "/signed-out",
            "/language/",
            "/assets/",
            "/v1/downloads",
            "/v1/forward-auth",
        ];
        var unexpected = Routes(gateway)
            .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Where(path => !open.Any(path.StartsWith));
        Assert.Empty(unexpected);
    }

    private static IEnumerable<RouteEndpoint> Routes(TestGateway gateway) =>
        gateway.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    private static string Methods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { } methods ? string.Join(',', methods.HttpMethods.Order(StringComparer.Ordinal)) : "*";

    private static string Who(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null ? "open"
        : endpoint.Metadata.GetMetadata<Permit>() is { } permit
            ? permit
                + (endpoint.Metadata.GetMetadata<InExercises>() is null ? "" : " | in exercises")
                + (endpoint.Metadata.GetMetadata<PortalMark>() is null ? "" : " | page")
        : "nobody";
}
