using System.Net;
using System.Text.Json;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>What the AuthZEN certification asks of a decision point, levels Basic, Batch and Discovery, in our own words. Its sections are given by number.</summary>
[Collection(nameof(CertifiedGateways))]
public sealed class CertificationTests(CertifiedGateways gateways)
{
    private const string Archived = "'properties':{'status':'archived'}";

    /// <summary>1.4: the eight decisions, and 2.2: what must not disturb them.</summary>
    public static TheoryData<string, string, bool, string> Singles =>
        Each(
            ("2.2.1", Asking.Of("alice", "read", "record-1"), true),
            ("1.4 rule 2", Asking.Of("alice", "write", "record-1"), true),
            ("1.4 rule 3", Asking.Of("bob", "read", "record-1"), true),
            ("2.2.2", Asking.Of("bob", "write", "record-1"), false),
            ("2.2.3", Asking.Of("alice", "read", "record-1", more: "'context':{'time':'2025-06-27T18:03-07:00','ip':'192.0.2.1'}"), true),
            (
                "2.2.4",
                Asking.Json(
                    $"{{'subject':{{'type':'user','id':'alice'}},'action':{{'name':'write'}},'resource':{{'type':'record','id':'record-2',{Archived}}}}}"
                ),
                false
            ),
            (
                "2.2.5",
                Asking.Json(
                    $"{{'subject':{{'type':'user','id':'bob','properties':{{'role':'admin'}}}},'action':{{'name':'write'}},'resource':{{'type':'record','id':'record-2',{Archived}}}}}"
                ),
                true
            ),
            ("2.2.6", Delete("true"), true),
            ("2.2.7", Delete("false"), false),
            (
                "2.2.8",
                Asking.Json(
                    "{'subject':{'type':'user','id':'alice','properties':{'department':'Sales','role':'manager'}},'action':{'name':'read','properties':{'method':'GET'}},'resource':{'type':'record','id':'record-1','properties':{'status':'active','owner':'bob'}}}"
                ),
                true
            ),
            ("2.2.9", Asking.Of("alice", "read", "record-1", more: "'foo':'bar','later':{'nested':true}"), true)
        );

    [Theory, MemberData(nameof(Singles))]
    public async Task A_single_question_gets_the_decision_asked_for(string section, string body, bool expected, string database)
    {
        using var store = await gateways.StoreAsync(database);
        var response = await store.SendAsync(Asking.One, body);
        var answer = await response.ShouldBeAsync(HttpStatusCode.OK);
        Assert.True(answer.Decision() == expected, section);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(JsonValueKind.Object, answer["context"]!.GetValueKind());
    }

    [Theory, MemberData(nameof(Singles))]
    public async Task The_batch_endpoint_answers_a_single_question_alike(string section, string body, bool expected, string database)
    {
        using var store = await gateways.StoreAsync(database);
        Assert.True((await store.AnswerAsync(Asking.Many, body)).Decision() == expected, section); // 3.4.2
        var empty = await store.AnswerAsync(Asking.Many, body[..^1] + ",\"evaluations\":[]}"); // 3.4.3
        Assert.True(empty.Decision() == expected, section);
        Assert.Null(empty["evaluations"]);
    }

    public static TheoryData<string, string, bool[], string> Batches =>
        Each(
            (
                "3.2.1",
                "{'subject':{'type':'user','id':'alice'},'action':{'name':'read'},'evaluations':[{'resource':{'type':'record','id':'record-1'}},{'resource':{'type':'record','id':'record-2'}}]}",
                (bool[])[true, true]
            ),
            (
                "3.2.2",
                "{'subject':{'type':'user','id':'bob'},'resource':{'type':'record','id':'record-1'},'evaluations':[{'action':{'name':'read'}},{'action':{'name':'write'}}]}",
                [true, false]
            ),
            (
                "3.2.3",
                "{'subject':{'type':'user','id':'alice'},'action':{'name':'write'},'evaluations':[{'resource':{'type':'record','id':'record-1','properties':{'status':'active'}}},{'resource':{'type':'record','id':'record-2','properties':{'status':'archived'}}}]}",
                [true, false]
            ),
            (
                "3.2.4",
                "{'action':{'name':'write'},'resource':{'type':'record','id':'record-2','properties':{'status':'archived'}},'evaluations':[{'subject':{'type':'user','id':'alice'}},{'subject':{'type':'user','id':'bob','properties':{'role':'admin'}}}]}",
                [false, true]
            ),
            ("3.2.5", $"{{'evaluations':[{Asking.Of("alice", "read", "record-1")},{Asking.Of("bob", "write", "record-1")}]}}", [true, false]),
            (
                "3.2.6",
                "{'subject':{'type':'user','id':'alice'},'action':{'name':'read'},'context':{'time':'2025-06-27T18:03-07:00'},'evaluations':[{'resource':{'type':'record','id':'record-1'}},{'resource':{'type':'record','id':'record-2'},'context':{'source':'own'}}]}",
                [true, true]
            ),
            (
                "3.2.7",
                "{'subject':{'type':'user','id':'alice'},'action':{'name':'write'},'resource':{'type':'record'},'evaluations':[{'resource':{'id':'record-1','properties':{'status':'active'}}},{'resource':{'type':'record','id':'record-2','properties':{'status':'archived'}}}]}",
                [true, false]
            ),
            (
                "3.4.1",
                "{'subject':{'type':'user','id':'alice'},'action':{'name':'read'},'evaluations':[{'resource':{'type':'record','id':'record-1'}},{}]}",
                [true, false]
            )
        );

    [Theory, MemberData(nameof(Batches))]
    public async Task A_batch_gets_its_decisions_in_the_order_asked(string section, string body, bool[] expected, string database)
    {
        using var store = await gateways.StoreAsync(database);
        var answer = await store.AnswerAsync(Asking.Many, Asking.Json(body));
        Assert.True(answer.Decisions().SequenceEqual(expected), $"{section}: {answer}");
        Assert.Null(answer["decision"]); // 3.3.4
    }

    /// <summary>2.4: what is refused with 400.</summary>
    public static TheoryData<string, string, string> Refused =>
        Each(
            ("no subject", "{'action':{'name':'read'},'resource':{'type':'record','id':'record-1'}}"),
            ("no action", "{'subject':{'type':'user','id':'alice'},'resource':{'type':'record','id':'record-1'}}"),
            ("no resource", "{'subject':{'type':'user','id':'alice'},'action':{'name':'read'}}"),
            ("subject without type", "{'subject':{'id':'alice'},'action':{'name':'read'},'resource':{'type':'record','id':'record-1'}}"),
            ("subject without id", "{'subject':{'type':'user'},'action':{'name':'read'},'resource':{'type':'record','id':'record-1'}}"),
            ("action without name", "{'subject':{'type':'user','id':'alice'},'action':{},'resource':{'type':'record','id':'record-1'}}"),
            ("resource without type", "{'subject':{'type':'user','id':'alice'},'action':{'name':'read'},'resource':{'id':'record-1'}}"),
            ("resource without id", "{'subject':{'type':'user','id':'alice'},'action':{'name':'read'},'resource':{'type':'record'}}"),
            ("subject of text", "{'subject':'alice','action':{'name':'read'},'resource':{'type':'record','id':'record-1'}}"),
            ("action name of number", "{'subject':{'type':'user','id':'alice'},'action':{'name':123},'resource':{'type':'record','id':'record-1'}}"),
            ("malformed", "{'subject':"),
            ("empty", "")
        );

    [Theory, MemberData(nameof(Refused))]
    public async Task A_question_that_is_none_is_400(string fault, string body, string database)
    {
        using var store = await gateways.StoreAsync(database);
        foreach (var path in new[] { Asking.One, Asking.Many })
        {
            var response = await store.SendAsync(path, Asking.Json(body));
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{fault} at {path}: {response.StatusCode}");
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        }
    }

    [Theory, ClassData(typeof(EachDatabase))]
    public async Task The_request_id_comes_back_on_answers_and_on_refusals(string database)
    {
        using var store = await gateways.StoreAsync(database);
        store.DefaultRequestHeaders.Add("X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716");
        foreach (var body in new[] { Asking.Of("alice", "read", "record-1"), "{}" })
        {
            Assert.Equal("bfe9eb29-ab87-4ca3-be83-a1d5d8305716", (await store.SendAsync(Asking.One, body)).Headers.GetValues("X-Request-ID").Single()); // 2.5.1
        }
        using var silent = await gateways.StoreAsync(database);
        (await silent.SendAsync(Asking.One, Asking.Of("alice", "read", "record-1"))).EnsureSuccessStatusCode(); // 2.5.2
    }

    [Fact]
    public async Task The_same_question_gets_the_same_decision_each_time()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        for (var i = 0; i < 5; i++)
        {
            Assert.True((await store.AnswerAsync(Asking.One, Asking.Of("alice", "read", "record-1"))).Decision()); // 2.6
        }
    }

    [Theory, InlineData(""), InlineData("/northvale"), InlineData("/nobodys")]
    public async Task Discovery_names_what_is_served_to_anyone(string tenant)
    {
        var gateway = await gateways.OnAsync(EachDatabase.Sqlite);
        using var anyone = gateway.Anonymous();
        var response = await anyone.GetAsync($"/.well-known/authzen-configuration{tenant}");
        var metadata = await response.ShouldBeAsync(HttpStatusCode.OK);
        var origin = gateway.Url.GetLeftPart(UriPartial.Authority);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.True(response.Headers.CacheControl?.MaxAge > TimeSpan.Zero);
        Assert.Equal(origin + tenant, metadata["policy_decision_point"]!.GetValue<string>());
        Assert.Equal(origin + Asking.One, metadata["access_evaluation_endpoint"]!.GetValue<string>());
        Assert.Equal(origin + Asking.Many, metadata["access_evaluations_endpoint"]!.GetValue<string>());
        Assert.Equal(origin + "/access/v1/requests", metadata["access_request_endpoint"]!.GetValue<string>());
        Assert.Equal("urn:openid:authzen:capability:access-request", metadata["capabilities"]!.AsArray().Single()!.GetValue<string>());
        Assert.Equal(5, metadata.AsObject().Count); // what is not served is not named
    }

    private static string Delete(string soft) =>
        Asking.Json(
            $"{{'subject':{{'type':'user','id':'alice'}},'action':{{'name':'delete','properties':{{'soft':{soft}}}}},'resource':{{'type':'record','id':'record-1'}}}}"
        );

    private static TheoryData<string, string, T, string> Each<T>(params (string Section, string Body, T Expected)[] cases)
    {
        var data = new TheoryData<string, string, T, string>();
        foreach (var (section, body, expected) in cases)
        {
            data.Add(section, body, expected, EachDatabase.Sqlite);
            data.Add(section, body, expected, EachDatabase.Postgres);
        }
        return data;
    }

    private static TheoryData<string, string, string> Each(params (string Fault, string Body)[] cases)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (fault, body) in cases)
        {
            data.Add(fault, body, EachDatabase.Sqlite);
            data.Add(fault, body, EachDatabase.Postgres);
        }
        return data;
    }
}
