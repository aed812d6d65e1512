using System.Net.Http.Headers;
using System.Security.Cryptography;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Reviews;
using Entitlements.Gateway.Rotas;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Laws;

/// <summary>Writes around access: aid, requests, reviews, rotas, clients, webhooks, exercises and what else there is.</summary>
internal static class OtherWrites
{
    private static readonly byte[] Bytes = [1, 2, 3, 4];

    public static IReadOnlyList<Drawn> All { get; } =
    [
        new("PutTenant", 1, PutTenant),
        new(
            "PutEquivalentRole",
            3,
            draft => new(HttpMethod.Put, Equivalent(draft), new { role = draft.One(draft.World.Roles) }) { Seen = EquivalentSeen(draft) }
        ),
        new(
            "DeleteEquivalentRole",
            1,
            draft => EquivalentSeen(draft) is { } seen ? new(HttpMethod.Delete, $"{Equivalent(draft)}?reason=over") { Seen = seen } : null
        ),
        new("ProposeAid", 3, ProposeAid),
        new("EndAid", 1, draft => new(HttpMethod.Delete, $"/v1/tenants/{draft.One(World.North, World.South)}/aid/{draft.World.Aid}?reason=over")),
        new("PutClient", 2, PutClient),
        new("DeleteClient", 1, DeleteClient),
        new(
            "PutApprovalPolicy",
            1,
            draft =>
                new(HttpMethod.Put, $"{Asked(draft)}/approval", Requests.RequestWorld.Policy(Requests.RequestWorld.Stage(votes: draft.One(1, 2))))
                {
                    Seen = ApprovalSeen(draft),
                }
        ),
        new("DeleteApprovalPolicy", 1, draft => new(HttpMethod.Delete, $"{Asked(draft)}/approval?reason=over") { Seen = ApprovalSeen(draft) }),
        new("PutCalendar", 1, PutCalendar),
        new("WithdrawRequest", 2, draft => OfRequest(draft, "withdraw", new { })),
        new("ShortenGrant", 2, draft => OfRequest(draft, "shorten", new { until = draft.World.Now.AddHours(2) })),
        new("DoNotRenewGrant", 1, draft => OfRequest(draft, "do-not-renew", new { reason = "no need" }, by: Write.OfficerOf(World.North))),
        new("AllowRenewal", 1, AllowRenewal),
        new("CommentOnRequest", 1, draft => OfRequest(draft, "comments", new { text = "seen" })),
        new(
            "CancelAccessRequest",
            1,
            draft => new(HttpMethod.Post, $"/access/v1/requests/{draft.One(draft.World.Requests)}/cancel") { By = draft.World.Asker }
        ),
        new(
            "PutDelegation",
            1,
            draft =>
                new(HttpMethod.Put, "/v1/delegations/north-role-admin", new { until = draft.World.SomeLaterEnd(), reason = "leave" })
                {
                    Seen = DelegationSeen(draft),
                }
        ),
        new("EndDelegation", 1, draft => new(HttpMethod.Delete, "/v1/delegations/north-role-admin?reason=back") { Seen = DelegationSeen(draft) }),
        new("PutReviewPolicy", 1, draft => new(HttpMethod.Put, $"{Role(draft)}/review", new { reviewers = new[] { new { role = "approver" } } })),
        new("DeleteReviewPolicy", 1, draft => new(HttpMethod.Delete, $"{Role(draft)}/review?reason=over")),
        new(
            "OpenReview",
            3,
            draft =>
                new(
                    HttpMethod.Post,
                    "/v1/reviews",
                    new
                    {
                        role = draft.One(draft.World.Roles),
                        reason = "yearly",
                        tenant = World.North,
                    }
                )
        ),
        new("DecideReviewItems", 6, DecideReviewItems),
        new(
            "PutRota",
            1,
            draft =>
                new(HttpMethod.Put, $"/v1/rotas/{draft.World.Rota}", Rotas.RotaWorld.Rota(draft.One(draft.World.Roles), client: null))
                {
                    Seen = RotaSeen(draft),
                }
        ),
        new("DeleteRota", 1, draft => new(HttpMethod.Delete, $"/v1/rotas/{draft.World.Rota}?reason=over") { Seen = RotaSeen(draft) }),
        new("FeedRota", 1, FeedRota),
        new("EndShift", 1, draft => new(HttpMethod.Delete, $"/v1/rotas/{draft.World.Rota}/shifts/{draft.World.Shift}?reason=ill") { Seen = 1 }),
        new(
            "OfferSwap",
            2,
            draft =>
                new(HttpMethod.Post, $"/v1/rotas/{draft.World.Rota}/swaps", new { shift = draft.World.Shift, to = draft.World.NorthPeople[0] })
                {
                    By = draft.World.Asker,
                }
        ),
        new("AcceptSwap", 1, draft => OfSwap(draft, "accept", draft.World.NorthPeople[0])),
        new("DeclineSwap", 1, draft => OfSwap(draft, "decline", draft.World.NorthPeople[0])),
        new("WithdrawSwap", 1, draft => OfSwap(draft, "withdraw", draft.World.Asker)),
        new("WithdrawChange", 2, WithdrawChange),
        new("RefuseGuidance", 2, RefuseGuidance),
        new("RevokeEntitlement", 2, RevokeEntitlement),
        new(
            "OpenUpload",
            1,
            draft => new(HttpMethod.Post, "/v1/uploads", new { sha256 = Convert.ToHexStringLower(SHA256.HashData(Bytes)), size = Bytes.Length })
        ),
        new("ContinueUpload", 1, ContinueUpload),
        new("CancelUpload", 1, draft => OpenOrNot(draft, isComplete: false) is { } id ? new(HttpMethod.Delete, $"/v1/uploads/{id}") : null),
        new("ReadUpload", 1, draft => OpenOrNot(draft, isComplete: true) is { } id ? new(HttpMethod.Post, $"/v1/uploads/{id}/reading") : null),
        new("UploadFile", 1, _ => new(HttpMethod.Post, "/v1/uploads/file", WholeFile())),
        new(
            "StartExercise",
            1,
            draft =>
                new(
                    HttpMethod.Post,
                    "/v1/tenants/north/exercises",
                    new
                    {
                        name = "Drill",
                        until = draft.World.Now.AddDays(2),
                        reason = "yearly",
                    }
                )
        ),
        new("EndExercise", 1, EndExercise),
        new(
            "PutWebhook",
            1,
            draft => new(HttpMethod.Put, Webhook(draft), new { url = "https://hooks.example/", kinds = new[] { "none.such" } }) { Seen = WebhookSeen(draft) }
        ),
        new("DeleteWebhook", 1, draft => new(HttpMethod.Delete, $"{Webhook(draft)}?reason=over") { Seen = WebhookSeen(draft) }),
        new("RotateWebhookSecret", 1, draft => new(HttpMethod.Post, $"{Webhook(draft)}/secret", new { overlap = "PT1H" })),
        new("TestWebhook", 1, draft => new(HttpMethod.Post, $"{Webhook(draft)}/test")),
        new("RedeliverWebhookMessage", 1, draft => new(HttpMethod.Post, $"{Webhook(draft)}/deliveries/msg_none/redeliver")),
        new("EndSafeMode", 1, _ => new(HttpMethod.Delete, "/v1/installation/safe-mode?reason=looked-at") { By = "platform-admin-1" }),
    ];

    private static string Role(Draft draft) => $"/v1/tenants/north/roles/{draft.One(draft.World.Roles)}";

    private static string Asked(Draft draft) => $"/v1/tenants/north/roles/{draft.World.Asked}";

    private static string Equivalent(Draft draft) => $"/v1/tenants/north/roles/{draft.World.Roles[0]}/equivalents/south";

    private static string Webhook(Draft draft) => $"/v1/tenants/north/webhooks/{draft.World.Id("hook")}";

    private static long? EquivalentSeen(Draft draft) =>
        draft.Db.Equivalents.AsNoTracking().SingleOrDefault(e => e.Tenant == World.North && e.Role == draft.World.Roles[0])?.Version;

    private static long? ApprovalSeen(Draft draft) =>
        draft.Db.ApprovalPolicies.AsNoTracking().SingleOrDefault(p => p.Tenant == World.North && p.Role == draft.World.Asked && !p.Deleted)?.Version;

    private static long? DelegationSeen(Draft draft) =>
        draft.Db.Delegations.AsNoTracking().Where(d => d.Tenant == World.North).OrderBy(d => d.FromSubject).FirstOrDefault()?.Version;

    private static long? RotaSeen(Draft draft) =>
        draft.Db.Rotas.AsNoTracking().SingleOrDefault(r => r.Tenant == World.North && r.Id == draft.World.Rota && !r.Deleted)?.Version;

    private static long? WebhookSeen(Draft draft)
    {
        var id = draft.World.Id("hook");
        return draft.Db.Webhooks.AsNoTracking().SingleOrDefault(w => w.Tenant == World.North && w.Id == id)?.Version;
    }

    private static Write PutTenant(Draft draft)
    {
        var row = draft.Db.Tenants.AsNoTracking().Single(t => t.Id == World.North);
        return new(HttpMethod.Put, "/v1/tenants/north", new { name = draft.One("North", "Northern"), issuer = draft.World.Issuer })
        {
            By = "platform-admin-1",
            Seen = row.Version,
        };
    }

    private static Write ProposeAid(Draft draft) =>
        new(
            HttpMethod.Post,
            "/v1/tenants/north/aid",
            new
            {
                subject = draft.One(draft.World.SouthPeople),
                home = World.South,
                role = draft.World.Roles[0],
                until = draft.World.Now.AddDays(5),
                reason = "flood",
            }
        );

    private static Write PutClient(Draft draft)
    {
        var row = draft.Db.Clients.AsNoTracking().SingleOrDefault(c => c.ClientId == draft.World.Client);
        return new(
            HttpMethod.Put,
            $"/v1/clients/{draft.World.Client}",
            new
            {
                tenants = draft.Altered(row?.Tenants ?? [], [World.North, World.South]),
                scopes = draft.Altered(row?.Scopes ?? [], ["access.evaluate", "entitlements.issue"]),
            }
        )
        {
            By = "platform-admin-1",
            Seen = row?.Version,
        };
    }

    private static Write? DeleteClient(Draft draft) =>
        draft.Db.Clients.AsNoTracking().SingleOrDefault(c => c.ClientId == draft.World.Client) is { } row
            ? new(HttpMethod.Delete, $"/v1/clients/{row.ClientId}?reason=over") { By = "platform-admin-1", Seen = row.Version }
            : null;

    private static Write PutCalendar(Draft draft)
    {
        var row = draft.Db.Calendars.AsNoTracking().SingleOrDefault(c => c.Tenant == World.North);
        var body = new
        {
            zone = "Europe/London",
            hours = new[]
            {
                new
                {
                    day = "monday",
                    from = "08:00",
                    until = "16:00",
                },
            },
        };
        return new(HttpMethod.Put, "/v1/tenants/north/calendar", body) { Seen = row?.Version };
    }

    private static Write OfRequest(Draft draft, string act, object body, string? by = null) =>
        new(HttpMethod.Post, $"/v1/requests/{draft.One(draft.World.Requests)}/{act}", body) { By = by ?? draft.World.Asker };

    private static Write AllowRenewal(Draft draft) => new(HttpMethod.Delete, $"/v1/requests/{draft.One(draft.World.Requests)}/do-not-renew?reason=needed");

    /// <summary>Any answer to items of a review that is open; the asked are approvers, as is who holds every function.</summary>
    private static Write? DecideReviewItems(Draft draft)
    {
        string[] roles = [.. draft.World.Roles];
        var open = (
            from item in draft.Db.ReviewItems.AsNoTracking()
            join review in draft.Db.Reviews on item.Review equals review.Id
            where item.Status == ReviewItemStatus.Open && review.ClosedAt == null && roles.Contains(review.Role) && review.Tenant == World.North
            orderby item.Review, item.Number
            select new { item.Review, item.Number }
        ).ToList();
        if (open.Count == 0)
        {
            return null;
        }
        var one = draft.One(open);
        var decision = draft.One("keep", "remove", "shorten");
        var body = new
        {
            items = new[] { FormattableString.Invariant($"{one.Review}.{one.Number}") },
            decision,
            until = decision == "shorten" ? draft.World.Now.AddHours(1) : (DateTimeOffset?)null,
            reason = "seen",
        };
        return new(HttpMethod.Post, $"/v1/reviews/{one.Review}/decisions", body);
    }

    private static Write FeedRota(Draft draft) =>
        new(
            HttpMethod.Post,
            $"/v1/rotas/{draft.World.Rota}/shifts?mode=partial",
            new
            {
                shifts = new[]
                {
                    new
                    {
                        subject = draft.World.NorthPeople[0],
                        from = draft.World.Now.AddDays(3),
                        until = draft.World.Now.AddDays(4),
                    },
                },
            }
        );

    private static Write? OfSwap(Draft draft, string act, string by) =>
        draft.Db.RotaSwaps.AsNoTracking().Where(s => s.Shift == draft.World.Shift && s.State == SwapState.Offered).OrderBy(s => s.Id).FirstOrDefault()
            is { } swap
            ? new(HttpMethod.Post, FormattableString.Invariant($"/v1/rotas/{draft.World.Rota}/swaps/{swap.Id}/{act}")) { By = by }
            : null;

    private static Write? WithdrawChange(Draft draft)
    {
        var by = $"person:{draft.World.Issuer}|{Write.OfficerOf(World.North)}";
        var open = draft
            .Db.Changes.AsNoTracking()
            .Where(c => c.State == ChangeState.Proposed && c.Proposer == by)
            .OrderByDescending(c => c.ProposedAt)
            .ThenBy(c => c.Id)
            .Take(1)
            .ToList();
        return open is [var change] ? new(HttpMethod.Post, $"/v1/changes/{change.Id}/withdraw", new { reason = "a mistake" }) : null;
    }

    private static Write? RefuseGuidance(Draft draft)
    {
        string[] apps = [.. draft.World.Apps];
        var rows = draft.Db.Guidance.AsNoTracking().Where(g => g.Tenant == World.North && apps.Contains(g.App)).OrderBy(g => g.App).ToList();
        if (rows.Count == 0)
        {
            return null;
        }
        var row = draft.One(rows);
        return new(HttpMethod.Put, $"/v1/apps/{row.App}/guidance/north/refusal", new { version = row.TextVersion, reason = "unsure" })
        {
            By = draft.One(draft.World.NorthPeople),
        };
    }

    private static Write? RevokeEntitlement(Draft draft)
    {
        string[] apps = [.. draft.World.Apps];
        var open = draft.Db.Entitlements.AsNoTracking().Where(e => apps.Contains(e.App) && e.RevokedAt == null).OrderBy(e => e.Id).Select(e => e.Id).ToList();
        return open.Count == 0 ? null : new(HttpMethod.Delete, $"/v1/entitlements/{draft.One(open)}?reason=over");
    }

    private static string? OpenOrNot(Draft draft, bool isComplete) =>
        draft.Db.Uploads.AsNoTracking().Where(u => u.CompletedAt != null == isComplete).OrderBy(u => u.Id).Select(u => u.Id).FirstOrDefault();

    private static ByteArrayContent WholeFile()
    {
        var content = new ByteArrayContent(Bytes);
        content.Headers.ContentType = new("application/octet-stream");
        return content;
    }

    private static Write? ContinueUpload(Draft draft)
    {
        if (draft.Db.Uploads.AsNoTracking().Where(u => u.CompletedAt == null).OrderBy(u => u.Id).FirstOrDefault() is not { } upload)
        {
            return null;
        }
        var content = new ByteArrayContent(Bytes);
        content.Headers.ContentRange = new ContentRangeHeaderValue(0, Bytes.Length - 1, Bytes.Length);
        return new(HttpMethod.Put, $"/v1/uploads/{upload.Id}", content);
    }

    private static Write? EndExercise(Draft draft) =>
        draft.Db.Exercises.AsNoTracking().Where(e => e.Tenant == World.North && e.EndedAt == null).OrderBy(e => e.Id).FirstOrDefault() is { } exercise
            ? new(HttpMethod.Delete, $"/v1/tenants/north/exercises/{exercise.Id}?reason=over")
            : null;
}
