using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Entitlements.Engine.Requests;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Entitlements.Benchmarks.Whole;

/// <summary>Urgent access: what of the time from asking to the role in force is ours, when whoever is on duty votes the moment that they hear of it, at a webhook.</summary>
internal static class UrgentRow
{
    private const int Requests = 100;
    private const int WarmUp = 5;
    private const string OnDuty = "on-duty";

    public static async Task RunAsync(Report report, Plan plan)
    {
        await using var installation = await Installation.StartAsync();
        var server = await installation.JoinAsync("Leased", "--Webhooks:AllowedNetworks:0=127.0.0.1/32");
        await Seed.PlantAsync(installation, 1000);
        await RotaAsync(installation);
        var heard = new ConcurrentDictionary<string, TaskCompletionSource<long>>(StringComparer.Ordinal);
        await using var receiver = await ReceiveAsync(heard);
        using var officer = installation.As(installation.Issuer.PersonToken("officer"), server.Url);
        using var hook = await officer.PutAsJsonAsync(
            "/v1/tenants/north/webhooks/hook",
            new { url = receiver.Urls.First(), kinds = new[] { "request.pending" } }
        );
        hook.EnsureSuccessStatusCode();
        using var voter = installation.As(installation.Issuer.PersonToken(OnDuty), server.Url);
        var (runs, phase) = (new List<Run>(), new Random(Requests));
        for (var i = 1; i <= Requests + WarmUp; i++)
        {
            using var asker = installation.As(installation.Issuer.PersonToken(Seed.Person(i)), server.Url);
            await Task.Delay(phase.Next(1000)); // the workers' seconds begin at any time of ours
            var run = await AskAsync(asker, voter, heard);
            if (i > WarmUp)
            {
                runs.Add(run);
            }
        }
        Tell("asking to assigned", r => r.Ends - r.Begins, "<= 3000");
        Tell("of which asking", r => r.Asked - r.Begins, "-");
        Tell("of which telling", r => r.Told - r.Asked, "-");
        Tell("of which the vote, until in force", r => r.Ends - r.Told, "-");

        void Tell(string what, Func<Run, long> ticks, string goal)
        {
            var sorted = runs.Select(r => ticks(r) * 1e3 / Stopwatch.Frequency).Order().ToList();
            report.Add($"urgent access: {what}, p50", [sorted[sorted.Count / 2]], goal, "ms");
            report.Add($"urgent access: {what}, p99", [sorted[sorted.Count * 99 / 100]], goal, "ms");
        }
    }

    /// <summary>Instants of one request, by the stopwatch.</summary>
    private sealed record Run(long Begins, long Asked, long Told, long Ends);

    private static async Task<Run> AskAsync(HttpClient asker, HttpClient voter, ConcurrentDictionary<string, TaskCompletionSource<long>> heard)
    {
        var begins = Stopwatch.GetTimestamp();
        using var answer = await asker.PostAsJsonAsync(
            "/v1/requests",
            new
            {
                role = Seed.Spare,
                reason = "somebody is on a bridge",
                urgency = "urgent",
            }
        );
        var id = (string)(await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["request"]!;
        var asked = Stopwatch.GetTimestamp();
        var told = await heard.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        using var vote = await voter.PostAsJsonAsync($"/v1/requests/{id}/votes", new { vote = "approve", reason = "seen and considered" });
        return vote.StatusCode == System.Net.HttpStatusCode.OK
            ? new(begins, asked, Math.Max(told, asked), Stopwatch.GetTimestamp())
            : throw new InvalidOperationException($"not in force: {vote.StatusCode} {await vote.Content.ReadAsStringAsync()}");
    }

    private static async Task<WebApplication> ReceiveAsync(ConcurrentDictionary<string, TaskCompletionSource<long>> heard)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var message = (await JsonNode.ParseAsync(context.Request.Body))!;
            heard
                .GetOrAdd((string)message["data"]!["request"]!, _ => new(TaskCreationOptions.RunContinuationsAsynchronously))
                .TrySetResult(Stopwatch.GetTimestamp());
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>A rota with one person on duty, who decides on <see cref="Seed.Spare"/> in an emergency.</summary>
    private static Task RotaAsync(Installation installation)
    {
        var policy = new ApprovalPolicy([new([new(ApproverKind.Role, "approver")], 1, TimeSpan.FromHours(8))], TimeSpan.FromDays(1), TimeSpan.FromHours(8))
        {
            Urgent = new("duty", TimeSpan.FromHours(12), TimeSpan.FromHours(1)),
        };
        return installation.Database.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                insert into subject (tenant, issuer, id, person, active, suspended, version)
                  values ('north', '{installation.Issuer.Authority}', '{OnDuty}', '{OnDuty}', true, false, 1);
                insert into role_assignment (tenant, role, subject_key, source, not_before, suspended, version)
                  select 'north', 'role-1', key, 'Admin', now() - interval '1 day', false, 1 from subject where id = '{OnDuty}';
                insert into rota (tenant, id, name, role, time_zone, feeders, feed_within, registered_at, stale_told, deleted, version)
                  values ('north', 'duty', 'duty', 'role-1', 'Europe/London', '[]', 864000000000, now(), false, false, 1);
                insert into rota_shift (tenant, rota, subject_key, not_before, not_after, source, ended, version)
                  select 'north', 'duty', key, now() - interval '1 hour', now() + interval '10 days', 'Admin', false, 1 from subject where id = '{OnDuty}';
                insert into approval_policy (tenant, role, policy, deleted, short_told, version)
                  values ('north', '{Seed.Spare}', '{JsonSerializer.Serialize(policy, StoredJson.Options)}', false, false, 1);
                """
            )
        );
    }
}
