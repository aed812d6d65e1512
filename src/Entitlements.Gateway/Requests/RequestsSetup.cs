using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Telling.People;

namespace Entitlements.Gateway.Requests;

internal static class RequestsSetup
{
    public static void AddRequests(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<ApprovalAlteration>("approval.put");
        builder.Services.AddAlteration<ApprovalRemoval>("approval.delete");
        builder.Services.AddAlteration<CalendarAlteration>("calendar.put");
        builder.Services.AddAlteration<DelegationAlteration>("delegation.put");
        builder.Services.AddAlteration<DelegationEnd>("delegation.end");
        builder
            .Services.AddScoped<CommentOnRequest>()
            .AddScoped<RequestableRoles>()
            .AddScoped<SubmitRequest>()
            .AddScoped<CastRequestVote>()
            .AddScoped<WithdrawRequest>()
            .AddScoped<DoNotRenew>()
            .AddScoped<AccessRequestTasks>()
            .AddScoped<Callbacks>();
        builder.Services.WhenUndelivered((_, write, message) => OpenRequests.UnreachedAsync(write, message.Reference));
        builder.Services.AddSingleton<RequestClock>().AddHostedService(services => services.GetRequiredService<RequestClock>());
        builder.Services.AddHostedService<ApproverWatch>();
    }

    public static void MapRequests(this WebApplication app)
    {
        app.MapApprovals();
        app.MapCalendars();
        app.MapRequestRoutes();
        app.MapRequestMatter();
        app.MapRequestForm();
        app.MapRequestComments();
        app.MapAccessRequests();
        app.MapDelegations();
    }
}
