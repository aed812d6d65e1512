using System.Collections.Concurrent;
using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Telling;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Redis;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Telling;

public sealed class PeopleTellingTests(PostgresServer postgres)
{
    private const string Template = "5ff9c4b0-6b09-4b8c-9b0a-0a1b2c3d4e5f";

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_mail_says_in_two_languages_that_something_waits_and_nothing_else(string database)
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var world = await StartAsync(database, smtp);
        var officer = await world.AddAsync("officer-of-mail", "a.b+c@north.example");
        await world.TellAsync(officer, PersonMessage.Answer, isUrgent: false, "req_1");
        await world.WorkAsync();
        var mail = Assert.Single(smtp.Mails);
        Assert.Equal("There is an answer to your request. / Mae ateb i'ch cais.", mail.Subject);
        Assert.Equal(["a.b+c@north.example"], mail.To.Mailboxes.Select(m => m.Address));
        Assert.Equal(["entitlements@north.example"], mail.From.Mailboxes.Select(m => m.Address));
        Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        var link = $"{world.Gateway.Url.GetLeftPart(UriPartial.Authority)}/requests";
        Assert.Equal(
            ["There is an answer to your request.", "Mae ateb i'ch cais.", link],
            mail.TextBody!.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        );
        var row = await world.Gateway.InDatabaseAsync(db => db.Deliveries.SingleAsync());
        Assert.Equal((DeliveryState.Delivered, 1), (row.State, row.Attempts));
        Assert.StartsWith(row.Message, mail.MessageId, StringComparison.Ordinal);
        Assert.Equal(0, world.Log.CountOf("a.b+c@north.example"));
    }

    [Fact]
    public async Task A_mail_server_that_is_away_is_waited_for_and_neither_a_write_nor_readiness_notices()
    {
        var smtp = await SmtpServer.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp);
        using var counts = new Counts(world.Gateway);
        await smtp.KillAsync();
        var officer = await world.AddAsync("officer", "officer@north.example");
        await world.TellAsync(officer, PersonMessage.Notice, isUrgent: false, "req_1");
        await world.WorkAsync();
        using var anyone = world.Gateway.Anonymous();
        Assert.Equal("Healthy", await anyone.GetStringAsync("/health/ready"));
        Assert.Equal(("smtp_unreachable", DeliveryState.Waiting), await world.LastAsync());
        world.Clock.Advance(TimeSpan.FromHours(1));
        await smtp.StartAgainAsync();
        await world.WorkAsync();
        Assert.Single(smtp.Mails);
        Assert.Equal(1, counts.Of("entitlements.deliveries mail postponed"));
        Assert.Equal(1, counts.Of("entitlements.deliveries mail delivered"));
        await smtp.DisposeAsync();
    }

    [Fact]
    public async Task What_only_waits_is_told_once_a_day_at_the_hour_of_London_and_what_is_urgent_at_once()
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp);
        await world.UntilAsync(hour: 10, minute: 0); // after today's
        var approver = await world.AddAsync("approver", "approver@north.example");
        var other = await world.AddAsync("other", "other@north.example");
        await world.TellAsync(approver, PersonMessage.Decision, isUrgent: false, "req_1");
        await world.TellAsync(approver, PersonMessage.Review, isUrgent: false, "rev_1");
        await world.TellAsync(other, PersonMessage.Decision, isUrgent: false, "req_1");
        await world.TellAsync(other, PersonMessage.Decision, isUrgent: false, "req_2");
        await world.WorkAsync();
        Assert.Empty(smtp.Mails);
        await world.TellAsync(approver, PersonMessage.Decision, isUrgent: true, "req_3");
        await world.WorkAsync();
        Assert.StartsWith("You have a decision to make.", Assert.Single(smtp.Mails).Subject, StringComparison.Ordinal);
        await world.WriteAsync(write => write.TakeBackAsync("req_2")); // decided by another meanwhile
        await world.UntilAsync(hour: 7, minute: 59);
        await world.WorkAsync();
        Assert.Single(smtp.Mails);
        await world.UntilAsync(hour: 8, minute: 0);
        await world.WorkAsync();
        var digests = smtp.Mails.Skip(1).ToDictionary(m => m.To.Mailboxes.Single().Address, m => m.Subject, StringComparer.Ordinal);
        Assert.StartsWith("You have decisions or reviews waiting.", digests["approver@north.example"], StringComparison.Ordinal);
        Assert.StartsWith("You have a decision to make.", digests["other@north.example"], StringComparison.Ordinal);
        await world.UntilAsync(hour: 8, minute: 0);
        await world.WorkAsync();
        Assert.Equal(3, smtp.Mails.Count); // said once
    }

    [Theory]
    [InlineData("2026-03-29T07:30:00Z", "2026-03-29T07:00:00Z")] // summer time began in the night: 8 o'clock is 7 UTC
    [InlineData("2026-03-28T08:00:00Z", "2026-03-28T08:00:00Z")]
    [InlineData("2026-10-25T07:59:59Z", "2026-10-24T07:00:00Z")] // and ended
    [InlineData("2026-10-25T08:00:00Z", "2026-10-25T08:00:00Z")]
    public void The_hour_of_the_digest_follows_the_clocks_of_London(string now, string last) =>
        Assert.Equal(DateTimeOffset.Parse(last), Digest.Last(DateTimeOffset.Parse(now), hour: 8));

    [Theory]
    [InlineData("2026-03-29T01:00:00Z", 1, "2026-03-29T01:00:00Z")] // an hour that does not exist: the one after it
    [InlineData("2026-10-25T00:30:00Z", 1, "2026-10-24T00:00:00Z")] // an hour that comes twice: the second
    [InlineData("2026-10-25T01:00:00Z", 1, "2026-10-25T01:00:00Z")]
    public void An_hour_that_the_clocks_leave_out_or_repeat_comes_once(string now, int hour, string last) =>
        Assert.Equal(DateTimeOffset.Parse(last), Digest.Last(DateTimeOffset.Parse(now), hour));

    [Theory]
    [InlineData("officer@refused.example", nameof(DeliveryState.Failed))]
    [InlineData("officer@later.example", nameof(DeliveryState.Waiting))]
    public async Task Something_urgent_whose_mail_does_not_go_at_once_goes_by_text_message_at_once(string address, string mailState)
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var notify = await NotifyStub.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp, notify);
        var officer = await world.AddAsync("officer", address, "+447700900123");
        await world.TellAsync(officer, PersonMessage.Decision, isUrgent: true, "req_1");
        await world.WorkAsync();
        Assert.Empty(smtp.Mails);
        var taken = Assert.Single(notify.Taken);
        Assert.Equal(("sms", "+447700900123", Template), ((string?)taken["channel"], (string?)taken["phone_number"], (string?)taken["template_id"]));
        Assert.Equal("You have a decision to make.", (string?)taken["personalisation"]!["en"]);
        Assert.Equal("Mae gennych benderfyniad i'w wneud.", (string?)taken["personalisation"]!["cy"]);
        Assert.EndsWith("/inbox", (string?)taken["personalisation"]!["link"], StringComparison.Ordinal);
        await world.WaitAsync(TimeSpan.FromMinutes(1));
        var rows = await world.Gateway.InDatabaseAsync(db => db.Deliveries.OrderBy(d => d.Id).ToListAsync());
        Assert.Equal([$"Mail {mailState}", "Sms Delivered"], rows.Select(r => $"{r.Channel} {r.State}"));
        Assert.Empty(await world.ToldAsync("telling.failed"));
        Assert.Equal(0, notify.Refused);
        Assert.Equal(0, world.Log.CountOf("7700900123") + world.Log.CountOf(address));
    }

    [Theory]
    [InlineData("permanent-failure")]
    [InlineData("temporary-failure")]
    [InlineData("technical-failure")]
    public async Task Something_urgent_that_arrives_by_no_channel_is_told_to_whoever_asked_for_it_once(string fate)
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var notify = await NotifyStub.StartAsync();
        var heard = new ConcurrentQueue<Undelivered>();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp, notify, heard);
        notify.Fate = fate;
        var officer = await world.AddAsync("officer", "officer@refused.example", "+447700900123");
        await world.TellAsync(officer, PersonMessage.Decision, isUrgent: true, "req_1");
        await world.WorkAsync();
        Assert.Empty(heard); // Notify took it, and does not know yet
        await world.WaitAsync(TimeSpan.FromMinutes(1));
        await world.WaitAsync(TimeSpan.FromHours(6));
        Assert.Equal([new Undelivered("north", officer, nameof(PersonMessage.Decision), "req_1")], heard);
        Assert.Equal("""{"message":"decision","reference":"req_1"}""", Assert.Single(await world.ToldAsync("telling.failed")).Payload);
        Assert.Single(notify.Taken);
    }

    [Fact]
    public async Task Who_can_be_reached_by_no_channel_is_passed_over_and_if_it_is_urgent_that_is_told_at_once()
    {
        await using var smtp = await SmtpServer.StartAsync();
        var heard = new ConcurrentQueue<Undelivered>();
        await using var world = await StartAsync(EachDatabase.Postgres, smtp, heard: heard);
        var nowhere = await world.AddAsync("nowhere", mobile: "+447700900123"); // and no text messages are set up
        var gone = await world.AddAsync("gone", "gone@north.example");
        await world.Gateway.InDatabaseAsync(db => db.Subjects.Where(s => s.Key == gone).ExecuteUpdateAsync(set => set.SetProperty(s => s.Active, false)));
        await world.TellAsync(nowhere, PersonMessage.Answer, isUrgent: false, "req_1");
        await world.TellAsync(nowhere, PersonMessage.Decision, isUrgent: true, "req_2");
        await world.TellAsync(gone, PersonMessage.Decision, isUrgent: true, "req_3");
        await world.WorkAsync();
        Assert.Equal(["req_2", "req_3"], heard.Select(h => h.Reference).Order(StringComparer.Ordinal));
        Assert.Empty(smtp.Mails);
    }

    [Fact]
    public async Task A_limit_and_a_failing_server_are_waited_out_and_a_refused_number_is_not()
    {
        await using var notify = await NotifyStub.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp: null, notify);
        var officer = await world.AddAsync("officer", mobile: "+447700900123");
        notify.AnswerNext(429, 500, 201, 400);
        await world.TellAsync(officer, PersonMessage.Answer, isUrgent: false, "req_1");
        await world.WorkAsync();
        Assert.Equal(("notify_status_429", DeliveryState.Waiting), await world.LastAsync());
        await world.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(("notify_status_500", DeliveryState.Waiting), await world.LastAsync());
        await world.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(("accepted", DeliveryState.Accepted), await world.LastAsync());
        await world.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(("delivered", DeliveryState.Delivered), await world.LastAsync());
        await world.TellAsync(officer, PersonMessage.Answer, isUrgent: false, "req_2");
        await world.WorkAsync();
        Assert.Equal(("notify_refused", DeliveryState.Failed), await world.LastAsync());
        Assert.Single(notify.Taken);
        Assert.Equal(0, notify.Refused);
    }

    [Fact]
    public async Task Who_would_rather_have_text_messages_gets_those_first()
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var notify = await NotifyStub.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp, notify);
        var officer = await world.AddAsync("officer", "officer@north.example", "+447700900123", TellBy.Sms);
        notify.AnswerNext(503);
        await world.TellAsync(officer, PersonMessage.Decision, isUrgent: true, "req_1");
        await world.WorkAsync();
        Assert.Single(smtp.Mails); // at once, while the text message waits
        await world.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Single(notify.Taken);
    }

    [Fact]
    public async Task Mail_goes_by_Notify_where_no_server_is_set()
    {
        await using var notify = await NotifyStub.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp: null, notify);
        var officer = await world.AddAsync("officer", "officer@north.example");
        await world.TellAsync(officer, PersonMessage.Ending, isUrgent: false, "grant_1");
        await world.WorkAsync();
        var taken = Assert.Single(notify.Taken);
        Assert.Equal(("email", "officer@north.example"), ((string?)taken["channel"], (string?)taken["email_address"]));
    }

    [Fact]
    public async Task What_was_rolled_back_is_told_to_nobody()
    {
        await using var smtp = await SmtpServer.StartAsync();
        await using var world = await StartAsync(EachDatabase.Sqlite, smtp);
        var officer = await world.AddAsync("officer", "officer@north.example");
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            world.WriteAsync(write =>
            {
                write.TellPerson(officer, PersonMessage.Notice, isUrgent: true, "req_1");
                throw new InvalidOperationException("the act failed");
            })
        );
        await world.WorkAsync();
        Assert.Empty(smtp.Mails);
    }

    private async Task<TellingWorld> StartAsync(string database, SmtpServer? smtp, NotifyStub? notify = null, ConcurrentQueue<Undelivered>? heard = null)
    {
        (string, string)[] mail = smtp is null
            ? []
            :
            [
                ("Smtp:Host", "127.0.0.1"),
                ("Smtp:Port", smtp.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ("Smtp:Security", "None"),
                ("Smtp:From", "entitlements@north.example"),
            ];
        (string, string)[] text = notify is null
            ? []
            : [("Notify:BaseUrl", notify.Url), ("Notify:ApiKeyFile", notify.KeyFile), ("Notify:SmsTemplate", Template), ("Notify:EmailTemplate", Template)];
        return await TellingWorld.StartAsync(
            postgres,
            database,
            services =>
                services.WhenUndelivered(
                    (_, _, undelivered) =>
                    {
                        heard?.Enqueue(undelivered);
                        return Task.CompletedTask;
                    }
                ),
            [.. mail, .. text]
        );
    }
}

internal static class PeopleOfTellingWorld
{
    public static async Task<long> AddAsync(this TellingWorld world, string id, string? email = null, string? mobile = null, TellBy tellBy = TellBy.Mail)
    {
        var key = await world.Gateway.AddPersonAsync("north", id);
        await world.Gateway.InDatabaseAsync(db =>
            db.Subjects.Where(s => s.Key == key)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.Email, email).SetProperty(s => s.Mobile, mobile).SetProperty(s => s.TellBy, tellBy))
        );
        return key;
    }

    public static Task TellAsync(this TellingWorld world, long person, PersonMessage kind, bool isUrgent, string reference) =>
        world.WriteAsync(write =>
        {
            write.TellPerson(person, kind, isUrgent, reference);
            return Task.CompletedTask;
        });

    /// <summary>Until it is next this time of day in London.</summary>
    public static Task UntilAsync(this TellingWorld world, int hour, int minute)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");
        do
        {
            var now = TimeZoneInfo.ConvertTime(world.Clock.GetUtcNow(), zone);
            var next = now.Date.AddHours(hour).AddMinutes(minute);
            next = next <= now.DateTime ? next.AddDays(1) : next;
            world.Clock.Advance(next - now.DateTime);
        } while (TimeZoneInfo.ConvertTime(world.Clock.GetUtcNow(), zone) is { } then && (then.Hour, then.Minute) != (hour, minute));
        return Task.CompletedTask;
    }

    public static async Task<(string?, DeliveryState)> LastAsync(this TellingWorld world)
    {
        var row = await world.Gateway.InDatabaseAsync(db => db.Deliveries.OrderByDescending(d => d.Id).FirstAsync());
        return (row.LastResult, row.State);
    }
}
