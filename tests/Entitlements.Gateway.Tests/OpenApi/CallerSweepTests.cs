using Entitlements.Gateway.Identity;
using static Entitlements.Gateway.Tests.OpenApi.SweptGateway;

namespace Entitlements.Gateway.Tests.OpenApi;

/// <summary>Every operation of the document, asked by those whom it must not serve.</summary>
[Collection(nameof(SweptGateway))]
public sealed class CallerSweepTests(SweptGateway swept)
{
    /// <summary>What open operations answer to someone who brings nothing.</summary>
    private static readonly Dictionary<string, int> Open = new(StringComparer.Ordinal)
    {
        ["RedeemDownload"] = 401,
        ["Download"] = 401,
        ["DownloadHead"] = 401,
        ["ForwardAuth"] = 401,
        ["ForwardAuthHead"] = 401,
    };

    /// <summary>A person's own: everybody known may call these, and each looks at whose it is.</summary>
    private static readonly string[] Own =
    [
        "Evaluate",
        "EvaluateMany",
        "GetGuidance",
        "AcceptGuidance",
        "RefuseGuidance",
        "PutDeviceKey",
        "ListCatalogue",
        "PlanUpdates",
        "ListAccreditations",
        "SubmitRequest",
        "ListRequests",
        "ListReviews",
        "SubmitAccessRequest",
        "ListDelegations",
        "ListOwnDevices",
        "EnrolOwnDevice",
        "ListOwnEntitlements",
        "GetRequestForm",
        "PutDelegation",
        "ListRotas",
        "GetRota",
        "ListShifts",
        "GetOnDuty",
        "ListSwaps",
        "OfferSwap",
        "ReferRefusal",
    ];

    /// <summary>An app's id must be free for everyone, so another tenant's is refused and a new one is made; a rota's is the tenant's own.</summary>
    private static readonly string[] IdsAreShared = ["PutApp", "PutRota"];

    /// <summary>The same for the whole installation.</summary>
    private static readonly string[] Common = ["GetResourceType"];

    [Fact]
    public async Task A_stranger_is_told_to_bring_a_token()
    {
        using var stranger = swept.Gateway.Anonymous();
        Show(
            await SweepAsync(
                stranger,
                (operation, answer) =>
                    answer.Status == (operation.IsOpen ? Open.GetValueOrDefault(operation.Id, 200) : 401)
                    && (answer.Status < 400 || operation.Method == "HEAD" || answer.IsProblem)
            )
        );
    }

    [Theory, InlineData("nonsense"), InlineData("eyJhbGciOiJub25lIn0.e30."), InlineData("a.b.c"), InlineData("")]
    public async Task A_token_that_is_none_is_told_so(string token)
    {
        using var liar = swept.Gateway.Anonymous();
        liar.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        Show(await SweepAsync(liar, (operation, answer) => answer.Status == (operation.IsOpen ? Open.GetValueOrDefault(operation.Id, 200) : 401)));
    }

    [Theory, InlineData("bystander"), InlineData("officer"), InlineData("unknown-person")]
    public async Task An_officer_without_function_gets_nothing_that_is_not_their_own(string person)
    {
        using var officer = swept.Gateway.As(person);
        var before = await swept.StateAsync();
        Show(
            await SweepAsync(
                officer,
                (operation, answer) =>
                    operation.IsOpen || (Own.Contains(operation.Id) && person != "unknown-person" ? answer.Status < 500 : answer.Status is 403 or 404)
            )
        );
        Assert.True(person == "officer" || before.Item1 == (await swept.StateAsync()).Item1, "only who has the app accepts its guidance");
    }

    [Fact]
    public async Task A_client_without_scopes_gets_nothing()
    {
        using var client = swept.Gateway.AsClient("north-all");
        Show(await SweepAsync(client, (operation, answer) => operation.IsOpen || answer.Status is 403 or 404));
    }

    [Trait("Abuse", "48")]
    [Trait("Abuse", "82")]
    [Theory, InlineData("client"), InlineData("person")]
    public async Task What_is_another_tenants_is_like_what_does_not_exist(string kind)
    {
        using var south = kind == "client" ? swept.Gateway.AsClient("south-all", [.. Scopes.All]) : swept.Gateway.As("south-everyone");
        var faults = new List<string>();
        foreach (var (operation, _) in swept.Operations.Where(o => !o.Operation.IsOpen && !Common.Contains(o.Operation.Id)))
        {
            var foreign = await AskAsync(south, operation, PathOf(operation, name => swept.IdOf(operation, name)), Json(swept.BodyOf(operation, "south")));
            if (operation.PathParameters.Count > 0 && !IdsAreShared.Contains(operation.Id))
            {
                var unknown = await AskAsync(south, operation, PathOf(operation, Unknown), Json(swept.BodyOf(operation, "south")));
                Expect(
                    operation,
                    (foreign.Status is 403 or 404 || operation.Id == "PutDeviceKey") && foreign.Essence == unknown.Essence,
                    $"{foreign} but unknown: {unknown}"
                );
            }
            if (operation.PathParameters.Contains("tenant") && operation.PathParameters.Count > 1 && operation.Method != "PUT")
            {
                var theirs = await AskAsync(
                    south,
                    operation,
                    PathOf(operation, name => name == "tenant" ? "south" : swept.IdOf(operation, name)),
                    Json(swept.BodyOf(operation, "south"))
                );
                var none = await AskAsync(
                    south,
                    operation,
                    PathOf(operation, name => name == "tenant" ? "south" : Unknown(name)),
                    Json(swept.BodyOf(operation, "south"))
                );
                Expect(operation, theirs.Status is 403 or 404 && theirs.Essence == none.Essence, $"under south: {theirs} but unknown: {none}");
            }
            Expect(operation, foreign.Status < 500, foreign.ToString());
        }
        Show(faults);

        void Expect(ApiOperation operation, bool holds, string found)
        {
            if (!holds)
            {
                faults.Add($"{operation.Id} {operation}: {found}");
            }
        }
    }

    /// <summary>On a gateway of its own: this one may change it.</summary>
    [Fact]
    public async Task Who_may_ask_gets_an_answer_that_the_document_declares_and_reads_what_is_there()
    {
        await using var own = new SweptGateway();
        await own.InitializeAsync();
        var faults = new List<string>();
        foreach (var (operation, permit) in own.Operations.OrderBy(o => o.Operation.Method is "GET" ? 0 : 1))
        {
            using var http = operation.Id == "GetRequestForm" ? own.Gateway.As("officer") : own.Permitted(permit); // the app is hidden from who does not hold its role
            var answer = await AskAsync(http, operation, PathOf(operation, name => own.IdOf(operation, name)), Json(own.BodyOf(operation)));
            var isKeptOut = answer.Status == 401 || (answer.Status == 403 && answer.Json?["type"]?.ToString() == "urn:entitlements:problem:forbidden"); // and not refused by what stands in the way
            var shape = operation
                .Responses[answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)]
                ?["content"]
                ?["application/json"]
                ?["schema"];
            faults.AddRange(
                (shape is null || answer.Json is null ? [] : own.Document.Differences(answer.Json, shape)).Select(d => $"{operation.Id} {answer.Status}: {d}")
            );
            if (
                !operation.Declares(answer.Status)
                || answer.Status >= 500
                || (!operation.IsOpen && (isKeptOut || (operation.Method == "GET" && answer.Status != 200)))
            )
            {
                faults.Add($"{operation.Id} {operation}: {answer}");
            }
        }
        Show(faults);
    }

    /// <summary>Asks every operation with north's ids and good bodies; answers that are neither as expected nor declared are faults.</summary>
    private async Task<List<string>> SweepAsync(HttpClient http, Func<ApiOperation, Answer, bool> expected)
    {
        var faults = new List<string>();
        foreach (var (operation, _) in swept.Operations)
        {
            var answer = await AskAsync(http, operation, PathOf(operation, name => swept.IdOf(operation, name)), Json(swept.BodyOf(operation)));
            if (!expected(operation, answer) || !operation.Declares(answer.Status))
            {
                faults.Add($"{operation.Id} {operation}: {answer}");
            }
        }
        return faults;
    }
}
