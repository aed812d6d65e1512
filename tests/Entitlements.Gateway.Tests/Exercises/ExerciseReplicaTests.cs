using System.Net;
using System.Net.Http.Json;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Consistency;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>What one replica begins or ends is so on the others when the answer comes.</summary>
public sealed class ExerciseReplicaTests(PostgresServer postgres)
{
    [Fact]
    public async Task Begun_on_one_replica_it_is_known_to_the_other_and_ended_it_is_over_there()
    {
        await using var replicas = await Replicas.StartAsync(postgres);
        Assert.True(await Replicas.MayAsync(replicas.Second)); // which remembers the client without an exercise
        using var admin = replicas.First.As("north-role-admin");
        object body = new
        {
            name = "Night drill",
            until = TimeProvider.System.GetUtcNow().AddDays(1),
            reason = "twice a year",
        };
        var exercise = (string)(await (await admin.PostAsJsonAsync("/v1/tenants/north/exercises", body)).ShouldBeAsync(HttpStatusCode.Created))["exercise"]!;
        Assert.Equal("", await HearsAsync());
        Assert.Equal("", await HearsAsync()); // remembered

        await (await admin.DeleteAsync($"/v1/tenants/north/exercises/{exercise}")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("not_available", await HearsAsync());
        using var officer = replicas.Second.As("officer");
        officer.DefaultRequestHeaders.Add("Entitlements-Exercise", exercise);
        Assert.Equal(HttpStatusCode.NotFound, (await officer.GetAsync("/v1/requests")).StatusCode);
        await Task.WhenAll(replicas.All.Select(DeleteAsync));
        await replicas.First.InDatabaseAsync(async db =>
        {
            Assert.False(await db.Tenants.AnyAsync(t => t.Id == exercise));
            Assert.Equal(1, await db.AuditEvents.CountAsync(e => e.Kind == "exercise.deleted"));
        });
        Assert.True(await Replicas.MayAsync(replicas.Second));

        async Task<string> HearsAsync()
        {
            using var store = replicas.Second.AsClient("store", Scopes.Evaluate);
            var asked = await store.PostAsJsonAsync(
                "/access/v1/evaluation",
                new
                {
                    subject = new { type = "user", id = "officer" },
                    action = new { name = "download" },
                    resource = new { type = "app", id = "notebook" },
                    context = new { tenant = exercise },
                }
            );
            var answer = await asked.ShouldBeAsync(HttpStatusCode.OK);
            return string.Join(' ', answer["context"]!["reasons"]!.AsArray().Select(r => (string)r!["code"]!));
        }

        async Task DeleteAsync(TestGateway replica)
        {
            while (await replica.Services.GetRequiredService<ExerciseClock>().PassAsync(exercise, most: 3)) { }
        }
    }
}
