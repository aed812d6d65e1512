using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Entitlements.Gateway.Tests.Gateways;
using Entitlements.Gateway.Tests.Management;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Requests;

/// <summary>Urgent access by whoever is on duty, and the broken glass.</summary>
[Collection(nameof(RequestGateways))]
public sealed class EmergencyTests(RequestGateways gateways)
{
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task One_vote_by_a_person_on_duty_assigns_the_role_until_the_end_of_the_shift(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        var id = await scene.AskedAsync(asker);
        var shown = await world.ReadAsync(asker, id);
        Assert.Equal(("urgent", scene.Rota), ((string)shown["urgency"]!, (string)shown["stage"]!["asked"]![0]!["rota"]!));
        Assert.Contains(id, await world.ListAsync(scene.OnDuty, "view=inbox"));
        Assert.DoesNotContain(id, await world.ListAsync("north-approver-1", "view=inbox")); // who decides by day is set aside

        Assert.Equal("not_an_approver", await (await world.VoteAsync("north-role-admin", id)).CodeAsync(HttpStatusCode.Forbidden));
        var before = world.Clock.GetUtcNow();
        await (await world.VoteAsync(scene.OnDuty, id)).ShouldBeAsync(HttpStatusCode.OK);
        var until = DateTimeOffset.Parse((string)(await world.EvaluateAsync(asker, scene.App))["context"]!["valid_until"]!, null);
        Assert.InRange(until, before.AddHours(12).AddMilliseconds(-1), world.Clock.GetUtcNow().AddHours(12));
        world.Clock.Advance(TimeSpan.FromHours(12));
        Assert.False(await world.MayAsync(asker, scene.App));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_asks_does_not_decide_though_they_are_on_duty_nor_who_went_off_duty_nor_a_delegate(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var world = scene.World;
        var own = await scene.AskedAsync(scene.OnDuty);
        Assert.Equal("own_request", await (await world.VoteAsync(scene.OnDuty, own)).CodeAsync(HttpStatusCode.Forbidden));
        var asked = await scene.AskedAsync(await world.PersonAsync());
        var other = await world.PersonAsync();
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var (from, to) = (await db.Subjects.SingleAsync(s => s.Id == scene.OnDuty), await db.Subjects.SingleAsync(s => s.Id == other));
            db.Delegations.Add(
                new()
                {
                    Tenant = "north",
                    FromSubject = from.Key,
                    ToSubject = to.Key,
                    NotBefore = world.Clock.GetUtcNow().AddHours(-1),
                    NotAfter = world.Clock.GetUtcNow().AddDays(1),
                }
            );
            await db.SaveChangesAsync();
        });
        Assert.Equal(HttpStatusCode.NotFound, (await world.VoteAsync(other, asked)).StatusCode); // a shift is swapped, not delegated
        await world.Gateway.InDatabaseAsync(db => db.RotaShifts.Where(s => s.Rota == scene.Rota).ExecuteUpdateAsync(s => s.SetProperty(r => r.Ended, true)));
        Assert.NotEqual(HttpStatusCode.OK, (await world.VoteAsync(scene.OnDuty, asked)).StatusCode);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Guidance_waits_a_day_after_its_notice_and_an_unknown_device_is_accepted_by_its_serial_number(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database), device: "managed");
        var (world, asker, phone) = (scene.World, await scene.World.PersonAsync(), scene.World.New("phone"));
        await scene.GuideAsync();
        var (device, serial) = (new { id = phone }, world.New("serial"));
        Assert.Equal("device_unknown", await (await scene.AskAsync(asker, new { device })).CodeAsync(HttpStatusCode.Conflict));
        Assert.Equal(
            "guidance_outstanding",
            await (await scene.AskAsync(asker, new { device = new { id = phone, serial } })).CodeAsync(HttpStatusCode.Conflict)
        );
        var id = await scene.AskedAsync(asker, new { device = new { id = phone, serial }, guidance_notice_read = true });
        Assert.Equal(["guidance", "device"], (await world.ReadAsync(scene.OnDuty, id))["sets_aside"]!.AsArray().Select(a => (string)a!)); // the voter sees it
        Assert.Equal("role_not_held", await scene.HearsAsync(asker, phone));
        await (await world.VoteAsync(scene.OnDuty, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("", await scene.HearsAsync(asker, phone));
        Assert.Equal("device_unknown", await scene.HearsAsync(asker, world.New("phone")));

        // after a day the role has ended, and neither the guidance nor the device is passed over for whatever role comes next
        world.Clock.Advance(TimeSpan.FromHours(24));
        await world.Gateway.InDatabaseAsync(async db =>
        {
            var key = await db.Subjects.Where(s => s.Id == asker).Select(s => s.Key).SingleAsync();
            db.Assignments.Add(
                new()
                {
                    Tenant = "north",
                    Role = scene.Role,
                    SubjectKey = key,
                    NotBefore = DateTimeOffset.UnixEpoch,
                }
            );
            await db.SaveChangesAsync();
        });
        Assert.Equal("guidance_not_accepted", await scene.HearsAsync(asker, phone));
        using var late = world.As(asker);
        await (await late.PutAsync($"/v1/apps/{scene.App}/guidance/north/acceptance", new { version = 1 })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("device_not_theirs", await scene.HearsAsync(asker, phone));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_device_that_is_on_record_is_nobodys_by_an_emergency(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database), device: "known");
        var (world, asker, owner, phone) = (scene.World, await scene.World.PersonAsync(), await scene.World.PersonAsync(), scene.World.New("phone"));
        using var admin = world.As("north-role-admin");
        await (
            await admin.PutAsync(
                $"/v1/tenants/north/devices/{phone}",
                new
                {
                    kind = "personal",
                    subject = owner,
                    identifiers = new[] { $"{phone}-serial" },
                }
            )
        ).ShouldBeAsync(HttpStatusCode.OK);
        var taken = new { device = new { id = world.New("phone"), serial = $"{phone}-serial" } };
        Assert.Equal("serial_taken", await (await scene.AskAsync(asker, taken)).CodeAsync(HttpStatusCode.Conflict));
        var id = await scene.AskedAsync(asker, new { device = new { id = phone, serial = "whatever" } });
        await (await world.VoteAsync(scene.OnDuty, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("device_not_theirs", await scene.HearsAsync(asker, phone));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_lapsed_assessment_takes_the_data_protection_officers_vote_besides(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        await scene.AssessAsync(world.Clock.GetUtcNow().AddDays(-1));
        Assert.Equal("assessment_lapsed", await (await scene.BreakAsync(scene.Named, "phone-x")).CodeAsync(HttpStatusCode.Conflict));

        var id = await scene.AskedAsync(asker);
        await (await world.VoteAsync(scene.OnDuty, id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("pending", await world.StatusAsync(asker, id));
        Assert.Equal("assessment_lapsed", await scene.HearsAsync(asker));
        await (await world.VoteAsync("north-dpo", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("", await scene.HearsAsync(asker));
        Assert.Equal("assessment_lapsed", await scene.HearsAsync(await world.PersonAsync())); // for nobody else
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task No_emergency_passes_a_suspension(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        var open = await scene.AskedAsync(asker);
        using var owner = world.As("north-app-owner");
        await (await owner.PostAsJsonAsync($"/v1/apps/{scene.App}/suspend", new { reason = "looking into it" })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("request_voided", await (await world.VoteAsync(scene.OnDuty, open)).CodeAsync(HttpStatusCode.Conflict));
        await (await scene.AskAsync(asker)).ShouldBeAsync(HttpStatusCode.NotFound);
        await (await scene.BreakAsync(scene.Named, "phone-x")).ShouldBeAsync(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_glass_is_broken_for_one_device_by_who_is_named_and_everyone_is_told(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database), device: "known");
        var (world, phone) = (scene.World, scene.World.New("phone"));
        Assert.Equal("glass_not_yours", await (await scene.BreakAsync(await world.PersonAsync(), phone)).CodeAsync(HttpStatusCode.Forbidden));
        var id = (string)(await (await scene.BreakAsync(scene.Named, phone)).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        Assert.Equal("granted", await world.StatusAsync(scene.Named, id));
        Assert.Equal("", await scene.HearsAsync(scene.Named, phone));
        using var admin = world.As("north-role-admin");
        var other = world.New("phone");
        await (await admin.PutAsync($"/v1/tenants/north/devices/{other}", new { kind = "personal", subject = scene.Named })).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("device_not_granted", await scene.HearsAsync(scene.Named, other)); // theirs, and not the one it was broken for

        var told = await scene.ToldAsync(id);
        Assert.Contains("north-approver-1", told);
        Assert.Contains(scene.OnDuty, told);
        Assert.Contains("north-dpo", told);
        Assert.DoesNotContain("north-app-owner", told);
        Assert.Equal(1, await world.Gateway.InDatabaseAsync(db => db.Reviews.CountAsync(r => r.Reference == id)));
        Assert.Equal("already_held", await (await scene.BreakAsync(scene.Named, phone)).CodeAsync(HttpStatusCode.Conflict)); // never renewed
        world.Clock.Advance(TimeSpan.FromHours(10));
        Assert.Equal("role_not_held", await scene.HearsAsync(scene.Named, phone));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Two_uses_in_one_night_both_succeed_the_second_louder_and_an_overdue_review_blocks(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, phone, colleague) = (scene.World, scene.World.New("phone"), await scene.World.PersonAsync(scene.Pool));
        var first = (string)(await (await scene.BreakAsync(scene.Named, phone)).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        using var http = world.As(scene.Named);
        await (await http.PostAsJsonAsync($"/v1/requests/{first}/withdraw", new { reason = "it is over" })).ShouldBeAsync(HttpStatusCode.OK);
        var second = (string)(await (await scene.BreakAsync(scene.Named, phone)).ShouldBeAsync(HttpStatusCode.Created))["request"]!;
        await (await scene.BreakAsync(colleague, world.New("phone"))).ShouldBeAsync(HttpStatusCode.Created);
        Assert.DoesNotContain("north-app-owner", await scene.ToldAsync(first));
        Assert.Contains("north-app-owner", await scene.ToldAsync(second));

        world.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal("review_overdue", await (await scene.BreakAsync(scene.Named, phone)).CodeAsync(HttpStatusCode.Conflict));
        await scene.AskedAsync(scene.Named); // by whoever is on duty still

        using var approver = world.As("north-approver-1");
        foreach (
            var review in (await approver.ReadAsync("/v1/reviews?view=inbox&cause=break_glass"))["items"]!
                .AsArray()
                .Where(r => (string)r!["role"]! == scene.Role)
        )
        {
            var path = $"/v1/reviews/{review!["id"]}";
            var items = (await approver.ReadAsync($"{path}/items"))["items"]!.AsArray().Select(i => (string)i!["id"]!).ToArray();
            var answer = await approver.PostAsJsonAsync(
                $"{path}/decisions",
                new
                {
                    items,
                    decision = "justified",
                    reason = "a life was at stake",
                }
            );
            await answer.ShouldBeAsync(HttpStatusCode.OK);
        }
        await (await scene.BreakAsync(scene.Named, phone)).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_was_told_no_by_somebody_on_duty_does_not_break_the_glass_the_same_night(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, phone) = (scene.World, scene.World.New("phone"));
        var id = await scene.AskedAsync(scene.Named);
        await (await world.VoteAsync(scene.OnDuty, id, "deny")).ShouldBeAsync(HttpStatusCode.OK);
        Assert.Equal("denied_on_duty", await (await scene.BreakAsync(scene.Named, phone)).CodeAsync(HttpStatusCode.Conflict));
        world.Clock.Advance(TimeSpan.FromHours(10));
        await (await scene.BreakAsync(scene.Named, phone)).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task Who_is_reached_by_no_channel_has_the_escalation_asked_at_once(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, asker) = (scene.World, await scene.World.PersonAsync());
        var id = await scene.AskedAsync(asker);
        Assert.DoesNotContain(id, await world.ListAsync("north-approver-2", "view=inbox"));
        await using (var scope = world.Gateway.Services.CreateAsyncScope())
        {
            await scope
                .ServiceProvider.GetRequiredService<Writes>()
                .RecordAsync(async write =>
                {
                    foreach (var handler in scope.ServiceProvider.GetServices<UndeliveredHandler>())
                    {
                        await handler.HandleAsync(scope.ServiceProvider, write, new("north", 0, nameof(PersonMessage.Decision), id));
                    }
                    return true;
                });
        }
        Assert.Contains(id, await world.ListAsync("north-approver-2", "view=inbox"));
        await (await world.VoteAsync("north-approver-2", id)).ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(await world.MayAsync(asker, scene.App));
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task What_makes_no_sense_is_refused_and_names_its_place(string database)
    {
        var scene = await Scene.SetAsync(await gateways.OnAsync(database));
        var (world, plain) = (scene.World, await scene.World.RoleAsync());
        (object More, string Pointer)[] bad =
        [
            (new { urgency = "break_glass" }, "/device"),
            (new { from = world.Clock.GetUtcNow().AddDays(1) }, "/from"),
            (new { urgency = "ordinary", device = new { id = "d" } }, "/device"),
            (new { urgency = "ordinary", guidance_notice_read = true }, "/guidance_notice_read"),
        ];
        foreach (var (more, pointer) in bad)
        {
            var problem = await (await scene.AskAsync(scene.Named, more)).ShouldBeAsync(HttpStatusCode.BadRequest);
            Assert.Contains(pointer, problem["errors"]!.AsObject().Select(e => e.Key));
        }
        Assert.Equal("invalid_request", await (await scene.BreakAsync(scene.Named, "phone", ticket: null)).CodeAsync(HttpStatusCode.BadRequest));
        var unknown = new
        {
            role = plain,
            reason = "now",
            urgency = "urgent",
        };
        Assert.Equal("no_emergency_access", await (await world.AskAsync(scene.Named, unknown)).CodeAsync(HttpStatusCode.Conflict));

        using var admin = world.As("north-role-admin");
        (string Member, object Value, string Code)[] policies =
        [
            ("urgent", new { rota = "nowhere", longest_grant = "PT8H" }, "rota_unknown"),
            (
                "urgent",
                new
                {
                    rota = scene.Rota,
                    longest_grant = "PT8H",
                    escalation = new[] { new { role = "nobody" } },
                },
                "approver_unknown"
            ),
            (
                "break_glass",
                new
                {
                    roles = new[] { "nobody" },
                    longest_grant = "PT8H",
                    reviewers = new[] { new { role = "approver" } },
                },
                "approver_unknown"
            ),
            (
                "break_glass",
                new
                {
                    roles = new[] { scene.Pool },
                    longest_grant = "PT8H",
                    reviewers = new[] { new { role = "data-protection-officer" } },
                },
                "quorum_unreachable"
            ),
        ];
        foreach (var (member, value, code) in policies)
        {
            var policy = RequestWorld.Policy();
            policy[member] = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(value));
            Assert.Equal(code, await (await admin.PutAsync($"/v1/tenants/north/roles/{await Bare()}/approval", policy)).CodeAsync(HttpStatusCode.Conflict));
        }
        var empty = RequestWorld.Policy();
        empty["break_glass"] = JsonNode.Parse("""{"roles":[],"longest_grant":"PT13H","reviewers":[]}""");
        var faults = await (await admin.PutAsync($"/v1/tenants/north/roles/{plain}/approval", empty)).ShouldBeAsync(HttpStatusCode.BadRequest);
        Assert.Equal(
            ["/break_glass/longest_grant", "/break_glass/reviewers", "/break_glass/roles"],
            faults["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal)
        );

        async Task<string> Bare()
        {
            var role = world.New("role");
            await (await admin.PutAsync($"/v1/tenants/north/roles/{role}", new { name = role })).ShouldBeAsync(HttpStatusCode.OK);
            return role;
        }
    }
}
