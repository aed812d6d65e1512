using System.Net;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Telling.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Telling;

/// <summary>What carries messages to systems and people. Nothing here is waited for by a write, and nothing here makes the gateway unready.</summary>
internal static class TellingSetup
{
    public static void AddTelling(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<WebhookOptions>(WebhookOptions.Section);
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();
        services.AddSettings<TellingOptions>(TellingOptions.Section);
        services.AddSettings<SmtpOptions>(SmtpOptions.Section);
        services.AddSettings<NotifyOptions>(NotifyOptions.Section);
        services.AddSettingsCheck(_ => Digest.Check());
        services.TryAddSingleton<HostLookup>(_ => Dns.GetHostAddressesAsync);
        services.AddSingleton<AddressGuard>().AddSingleton<WebhookConnection>().AddSingleton<WebhookSecrets>().AddSingleton<WebhookSender>();
        services.AddSingleton<MailSender>().AddSingleton<NotifySender>().AddSingleton<Channels>().AddSingleton<PersonSender>();
        services.AddSingleton<TellingTelemetry>();
        services.AddScoped<WriteWebhook>().AddScoped<Senders>().AddScoped<Settlement>().AddScoped<Escalation>().AddScoped<PersonRouter>();
        services.AddHostedService<OutboxRelay>();
        services.AddHostedService<DeliveryWorker>();
    }

    public static void MapTelling(this IEndpointRouteBuilder routes)
    {
        routes.MapWebhooks();
        routes.MapWebhookDeliveries();
    }
}
