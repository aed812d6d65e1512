using System.Net;
using System.Text.Json.Nodes;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.AuthZen;

[Collection(nameof(CertifiedGateways))]
public sealed class BatchTests(CertifiedGateways gateways)
{
    private const string Yes = "{'action':{'name':'read'}}";
    private const string No = "{'action':{'name':'write'}}";
    private const string Broken = "{'action':{'name':7}}";

    [Theory]
    [InlineData("execute_all", new[] { Yes, No, Broken, Yes }, new[] { true, false, false, true })]
    [InlineData("deny_on_first_deny", new[] { Yes, Yes, No, Yes }, new[] { true, true, false })]
    [InlineData("deny_on_first_deny", new[] { Yes, Broken, Yes }, new[] { true, false })]
    [InlineData("deny_on_first_deny", new[] { Yes, Yes }, new[] { true, true })]
    [InlineData("permit_on_first_permit", new[] { No, Broken, Yes, No }, new[] { false, false, true })]
    [InlineData("permit_on_first_permit", new[] { No, No }, new[] { false, false })]
    public async Task Each_semantic_runs_as_far_as_it_must(string semantic, string[] items, bool[] expected)
    {
        foreach (var database in new[] { EachDatabase.Sqlite, EachDatabase.Postgres })
        {
            using var store = await gateways.StoreAsync(database);
            Assert.Equal(
                expected,
                (await store.AnswerAsync(Asking.Many, Bobs(items, $"'options':{{'evaluations_semantic':'{semantic}','later':1}},"))).Decisions()
            );
        }
    }

    [Fact]
    public async Task A_broken_item_says_what_is_wrong_with_it()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        foreach (
            var item in new[]
            {
                Broken,
                "{'action':null}",
                "7",
                "null",
                "[]",
                "{'resource':{'type':'record','id':null}}",
                "{'context':{'min_revision':true}}",
                "{'subject':{'type':''}}",
            }
        )
        {
            var answer = await store.AnswerAsync(Asking.Many, Bobs([Yes, item], ""));
            Assert.Equal([true, false], answer.Decisions());
            Assert.Equal(400, answer["evaluations"]![1]!["context"]!["error"]!["status"]!.GetValue<int>());
        }
    }

    [Theory, InlineData("'options':{'evaluations_semantic':'all'},"), InlineData("'options':{'evaluations_semantic':null},"), InlineData("'options':7,")]
    public async Task Unknown_ways_to_run_are_400(string options)
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        Assert.Equal(HttpStatusCode.BadRequest, (await store.SendAsync(Asking.Many, Bobs([Yes], options))).StatusCode);
    }

    [Theory, InlineData("'evaluations':null"), InlineData("'evaluations':{}"), InlineData("'evaluations':'x'")]
    public async Task Evaluations_are_an_array_or_absent(string evaluations)
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        Assert.Equal(HttpStatusCode.BadRequest, (await store.SendAsync(Asking.Many, Asking.Of("alice", "read", "record-1", more: evaluations))).StatusCode);
    }

    [Fact]
    public async Task As_many_items_as_the_setting_allows_and_not_one_more()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        Assert.Equal(20, (await store.AnswerAsync(Asking.Many, Bobs([.. Enumerable.Repeat(Yes, 20)], ""))).Decisions().Length);
        Assert.Equal(HttpStatusCode.BadRequest, (await store.SendAsync(Asking.Many, Bobs([.. Enumerable.Repeat(Yes, 21)], ""))).StatusCode);
    }

    [Fact]
    public async Task An_items_entity_replaces_the_default_whole_and_its_properties_with_it()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        var body =
            "{'subject':{'type':'user','id':'bob','properties':{'role':'admin'}},'action':{'name':'write'},'resource':{'type':'record','id':'record-2','properties':{'status':'archived'}},"
            + "'evaluations':[{},{'subject':{'id':'bob'}},{'resource':{'id':'record-2'}}]}";
        var decisions = (await store.AnswerAsync(Asking.Many, Asking.Json(body))).Decisions();
        Assert.Equal([true, false, false], decisions);
    }

    /// <summary>Every question alone and in one batch, asked twice: the same answers but for id and time.</summary>
    [Theory, ClassData(typeof(EachDatabase))]
    public async Task A_batch_answers_as_single_questions_do(string database)
    {
        using var store = await gateways.StoreAsync(database);
        string[] questions =
        [
            .. from subject in new[] { "alice", "bob", "carol", "nobody" }
            from action in new[] { "read", "write" }
            select Asking.Of(subject, action, "record-1"),
            .. from subject in new[] { "carol", "dave" }
            from app in new[] { "recorder", "shadow", "notebook", "foreign" }
            select Asking.Of(subject, "download", app, "app"),
        ];
        for (var twice = 0; twice < 2; twice++)
        {
            var batch = await store.AnswerAsync(Asking.Many, $"{{\"evaluations\":[{string.Join(',', questions)}]}}");
            for (var i = 0; i < questions.Length; i++)
            {
                Assert.Equal(Essence(await store.AnswerAsync(Asking.One, questions[i])), Essence(batch["evaluations"]![i]!));
            }
        }
    }

    internal static string Essence(JsonNode answer)
    {
        var copy = answer.DeepClone();
        foreach (var member in new[] { "evaluation_id", "evaluated_at", "revision" })
        {
            Assert.True(copy["context"]!.AsObject().Remove(member), member);
        }
        return copy.ToJsonString();
    }

    private static string Bobs(string[] items, string options) =>
        Asking.Json(
            $"{{'subject':{{'type':'user','id':'bob'}},'resource':{{'type':'record','id':'record-1'}},{options}'evaluations':[{string.Join(',', items)}]}}"
        );
}
