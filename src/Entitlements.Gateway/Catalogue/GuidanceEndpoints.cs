using System.Text.Json;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Guidance as it is proposed.</summary>
internal sealed record GuidanceBody
{
    /// <summary>Higher than the one in force.</summary>
    public required int Version { get; init; }

    /// <summary>The text in English.</summary>
    public required string En { get; init; }

    /// <summary>The text in Welsh.</summary>
    public required string Cy { get; init; }

    /// <summary>3 to 20, every one of which who accepts must answer rightly; none only where the app is not of high risk.</summary>
    public IReadOnlyList<GuidanceQuestion> Questions { get; init; } = [];

    /// <summary>False where it says what the version before says, only better: who accepted that one is not asked again.</summary>
    public bool Substance { get; init; } = true;
    public string? Reason { get; init; }
}

internal sealed record AcceptanceBody
{
    /// <summary>The version that was read.</summary>
    public required int Version { get; init; }

    /// <summary>The number of the choice taken, from 1, question by question.</summary>
    public IReadOnlyList<int> Answers { get; init; } = [];
}

internal sealed record GuidanceRefusalBody
{
    /// <summary>The version that was read.</summary>
    public required int Version { get; init; }

    /// <summary>In their own words, for the data protection officer.</summary>
    public string? Reason { get; init; }
}

/// <param name="Version">Of the text; the ETag is the resource's.</param>
/// <param name="Substance">Who accepted an earlier version was asked again.</param>
internal sealed record GuidanceView(
    string App,
    string Tenant,
    int Version,
    string En,
    string Cy,
    IReadOnlyList<GuidanceQuestionView> Questions,
    bool Substance,
    DateTimeOffset PublishedAt
)
{
    /// <param name="withAnswers">The reader looks after the guidance: who has yet to answer is not told what is right.</param>
    public static GuidanceView Of(GuidanceTextRow text, bool withAnswers) =>
        new(
            text.App,
            text.Tenant,
            text.TextVersion,
            text.English,
            text.Welsh,
            [.. text.ReadQuestions().Select(q => new GuidanceQuestionView(q.En, q.Cy, q.Choices, withAnswers ? q.Right : null))],
            text.Substance,
            text.PublishedAt
        );
}

/// <param name="Right">Number of the right choice, from 1; null for who is asked.</param>
internal sealed record GuidanceQuestionView(string En, string Cy, IReadOnlyList<GuidanceChoice> Choices, int? Right);

/// <param name="Answers">The number of the choice taken, question by question.</param>
internal sealed record GuidanceResponseView(
    string Subject,
    int Version,
    GuidanceResponse Response,
    IReadOnlyList<int> Answers,
    string? Reason,
    DateTimeOffset At
)
{
    public static GuidanceResponseView Of(GuidanceResponseRow row, string subject) =>
        new(subject, row.TextVersion, row.Response, JsonSerializer.Deserialize<List<int>>(row.Answers, StoredJson.Options)!, row.Reason, row.At);
}

/// <summary><c>/v1/apps/{app}/guidance/{tenant}</c> and its acceptance.</summary>
internal static class GuidanceEndpoints
{
    private const int LongestText = 20_000;

    public static void MapGuidance(this IEndpointRouteBuilder routes)
    {
        var guidance = routes.MapGroup("/v1/apps/{app}/guidance/{tenant}").WithTags("Guidance").InExercises();
        guidance
            .MapGet("", GetAsync)
            .Permit(Scopes.Manage, anyPerson: true, Function.OfTenant.ToArray())
            .WithName("GetGuidance")
            .WithSummary("The text that people of the tenant accept before they get the app.")
            .Produces<GuidanceView>();
        guidance.MapPut("", PutAsync).PermitManaging(Function.AppOwner).WithName("PutGuidance").WithSummary("Proposes another text.").ProducesWrite();
        guidance
            .MapPut("/acceptance", AcceptAsync)
            .Permit(anyPerson: true)
            .WithName("AcceptGuidance")
            .WithSummary("The person accepts the version in force, for themself and with their own token, and answers its questions.")
            .Produces<WriteReceipt>();
        guidance
            .MapPut("/refusal", RefuseAsync)
            .Permit(anyPerson: true)
            .WithName("RefuseGuidance")
            .WithSummary("The person refuses the version in force; that they accepted it, or one before it, no longer counts.")
            .Produces<WriteReceipt>();
        guidance
            .MapGet("/versions", VersionsAsync)
            .PermitManaging(CatalogueAccess.RuleReaders)
            .WithName("ListGuidanceVersions")
            .WithSummary("Every version that was ever in force, the newest first.")
            .Produces<Page<GuidanceView>>();
        guidance
            .MapGet("/responses", ResponsesAsync)
            .PermitManaging(Function.DataProtectionOfficer)
            .WithName("ListGuidanceResponses")
            .WithSummary("Who accepted, answered wrongly or refused, with the answers, the newest first.")
            .Produces<Page<GuidanceResponseView>>();
    }

    private static async Task<IResult> GetAsync(
        HttpContext http,
        Caller caller,
        NameId app,
        NameId tenant,
        EntitlementsDb db,
        AppSight sight,
        CancellationToken cancellation
    )
    {
        var looksAfter = Function.OfTenant.Any(f => caller.Holds(f, tenant.Value));
        var row =
            looksAfter || (caller is Caller.Person person && await sight.SeesAsync(person, tenant.Value, app.Value))
                ? await db.Guidance.AsNoTracking().SingleOrDefaultAsync(g => g.App == app.Value && g.Tenant == tenant.Value, cancellation)
                : null;
        if (row is null)
        {
            return Problems.NotFound();
        }
        var text = await Texts(db, app, tenant).SingleAsync(t => t.TextVersion == row.TextVersion, cancellation);
        return WriteResults.OfResource(http, GuidanceView.Of(text, withAnswers: looksAfter), row.Version);
    }

    private static async Task<IResult> VersionsAsync(NameId app, NameId tenant, PageQuery page, EntitlementsDb db, CancellationToken cancellation)
    {
        var before = page.AfterNumber is { } last ? (int)Math.Min(last, int.MaxValue) : int.MaxValue;
        if (!await Texts(db, app, tenant).AnyAsync(cancellation))
        {
            return Problems.NotFound();
        }
        var texts = await Texts(db, app, tenant)
            .Where(t => t.TextVersion < before)
            .OrderByDescending(t => t.TextVersion)
            .Take(page.Limit + 1)
            .ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(texts.ConvertAll(t => GuidanceView.Of(t, withAnswers: true)), t => FormattableString.Invariant($"{t.Version}")));
    }

    private static async Task<IResult> ResponsesAsync(
        NameId app,
        NameId tenant,
        PageQuery page,
        EntitlementsDb db,
        string? subject,
        string? response,
        CancellationToken cancellation
    )
    {
        var words = Enum.GetValues<GuidanceResponse>().ToDictionary(r => JsonNamingPolicy.SnakeCaseLower.ConvertName(r.ToString()), StringComparer.Ordinal);
        var wanted = default(GuidanceResponse);
        if (response is not null && !words.TryGetValue(response, out wanted))
        {
            return Problems.BadRequest($"response is one of {string.Join(", ", words.Keys)}.", "invalid_filter");
        }
        var before = page.AfterNumber ?? long.MaxValue;
        if (!await Texts(db, app, tenant).AnyAsync(cancellation))
        {
            return Problems.NotFound();
        }
        var found = await (
            from given in db.GuidanceResponses
            join person in db.Subjects on given.SubjectKey equals person.Key
            where
                given.App == app.Value
                && given.Tenant == tenant.Value
                && given.Id < before
                && (subject == null || person.Id == subject)
                && (response == null || given.Response == wanted)
            orderby given.Id descending
            select new { given, person.Id }
        )
            .AsNoTracking()
            .Take(page.Limit + 1)
            .ToListAsync(cancellation);
        var shown = page.Of(found, item => FormattableString.Invariant($"{item.given.Id}"));
        return TypedResults.Ok(new Page<GuidanceResponseView>([.. shown.Items.Select(item => GuidanceResponseView.Of(item.given, item.Id))], shown.NextCursor));
    }

    private static IQueryable<GuidanceTextRow> Texts(EntitlementsDb db, NameId app, NameId tenant) =>
        db.GuidanceTexts.AsNoTracking().Where(t => t.App == app.Value && t.Tenant == tenant.Value);

    private static async Task<IResult> PutAsync(WriteRequest request, NameId app, NameId tenant, Body<GuidanceBody> body, ChangeDesk desk)
    {
        Faults(body.Value).ThrowIfAny();
        var guidance = new SetGuidance(app.Value, tenant.Value, body.Value.Version, body.Value.En, body.Value.Cy)
        {
            Questions = body.Value.Questions,
            Substance = body.Value.Substance,
        };
        return (await desk.SubmitAsync(request.For(body.Value.Reason), guidance)).ToResult();
    }

    private static async Task<IResult> AcceptAsync(WriteRequest request, NameId app, NameId tenant, Body<AcceptanceBody> body, RespondToGuidance respond) =>
        (await respond.AcceptAsync(request, app.Value, tenant.Value, body.Value.Version, body.Value.Answers)).ToResult();

    private static async Task<IResult> RefuseAsync(WriteRequest request, NameId app, NameId tenant, Body<GuidanceRefusalBody> body, RespondToGuidance respond)
    {
        Text.ReasonFaults(body.Value.Reason).ThrowIfAny();
        return (await respond.RefuseAsync(request, app.Value, tenant.Value, body.Value.Version, body.Value.Reason)).ToResult();
    }

    private static IEnumerable<(string, string)> Faults(GuidanceBody body)
    {
        if (body.Version < 1)
        {
            yield return ("/version", "must be 1 or more");
        }
        if (!Text.IsParagraph(body.En, LongestText))
        {
            yield return ("/en", "must be 1 to 20000 characters");
        }
        if (!Text.IsParagraph(body.Cy, LongestText))
        {
            yield return ("/cy", "must be 1 to 20000 characters");
        }
        foreach (var fault in GuidanceQuestion.Faults(body.Questions).Concat(Text.ReasonFaults(body.Reason)))
        {
            yield return fault;
        }
    }
}
