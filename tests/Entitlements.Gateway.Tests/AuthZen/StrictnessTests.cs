using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Entitlements.Gateway.Tests.Gateways;

namespace Entitlements.Gateway.Tests.AuthZen;

/// <summary>Where a stock minimal API and other decision points go wrong: types, nulls, duplicates, media types, sizes, methods, order of checks.</summary>
[Collection(nameof(CertifiedGateways))]
public sealed class StrictnessTests(CertifiedGateways gateways)
{
    private const string Rest = "'action':{'name':'read'},'resource':{'type':'record','id':'record-1'}";

    public static TheoryData<string> Refused =>
        [
            $"{{'subject':null,{Rest}}}",
            $"{{'subject':{{'type':'user','id':null}},{Rest}}}",
            $"{{'subject':{{'type':null,'id':'alice'}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':''}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':7}},{Rest}}}",
            $"{{'subject':['alice'],{Rest}}}",
            $"{{'subject':{{'type':'user','id':'alice','properties':null}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'alice','properties':'x'}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'alice','properties':{{'iss':7}}}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'bob','id':'alice'}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'bob'}},'s\\u0075bject':{{'type':'user','id':'alice'}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'\\ud800'}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'a\\u0000'}},{Rest}}}",
            $"{{'subject':{{'type':'user','id':'alice'}},{Rest},'context':null}}",
            $"{{'subject':{{'type':'user','id':'alice'}},{Rest},'context':[]}}",
            $"{{'subject':{{'type':'user','id':'alice'}},{Rest},'context':{{'device':'d'}}}}",
            $"{{'subject':{{'type':'user','id':'alice'}},{Rest},'context':{{'min_revision':'1'}}}}",
            $"{{'subject':{{'type':'user','id':'alice'}},{Rest},'context':{{'purpose':'fun'}}}}",
            "{'subject':{'type':'user','id':'alice'},'action':{'name':'download'},'resource':{'type':'app','id':'notebook','properties':{'version':1}}}",
            $"{{'subject':{{'type':'user','id':'alice'}},{Rest},'x':{new string('[', 40)}{new string(']', 40)}}}",
            "null",
            "[]",
            "'text'",
            "{}",
        ];

    [Theory, MemberData(nameof(Refused))]
    public async Task Anything_but_a_clean_question_is_400(string body)
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        foreach (var path in new[] { Asking.One, Asking.Many })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await store.SendAsync(path, Asking.Json(body))).StatusCode);
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_400()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        var body = Encoding.Latin1.GetBytes(Asking.Of("ålice", "read", "record-1"));
        var response = await store.PostAsync(Asking.One, new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [
        Theory,
        InlineData("text/plain"),
        InlineData("application/xml"),
        InlineData("application/x-www-form-urlencoded"),
        InlineData("application/json; charset=utf-16")
    ]
    public async Task Another_media_type_is_400(string type)
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        Assert.Equal(HttpStatusCode.BadRequest, (await store.SendAsync(Asking.One, Asking.Of("alice", "read", "record-1"), type)).StatusCode);
    }

    [Fact]
    public async Task No_media_type_is_400_and_a_charset_of_utf8_is_fine()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        var bytes = Encoding.UTF8.GetBytes(Asking.Of("alice", "read", "record-1"));
        Assert.Equal(HttpStatusCode.BadRequest, (await store.PostAsync(Asking.One, new ByteArrayContent(bytes))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await store.SendAsync(Asking.One, Encoding.UTF8.GetString(bytes), "application/json; charset=utf-8")).StatusCode);
    }

    [Theory, InlineData("GET"), InlineData("HEAD"), InlineData("OPTIONS"), InlineData("PUT"), InlineData("DELETE")]
    [Trait("Abuse", "19")]
    public async Task Another_method_is_405_with_Allow_for_anyone(string method)
    {
        var gateway = await gateways.OnAsync(EachDatabase.Sqlite);
        foreach (var http in new[] { gateway.Anonymous(), await gateways.StoreAsync(EachDatabase.Sqlite) })
        {
            foreach (var path in new[] { Asking.One, Asking.Many })
            {
                var response = await http.SendAsync(new HttpRequestMessage(new(method), path));
                Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
                Assert.Equal(["POST"], response.Content.Headers.Allow);
            }
            http.Dispose();
        }
    }

    /// <summary>Abuse 19: another way to write the path gets the same answer or none.</summary>
    [
        Theory,
        InlineData("/access/v1/evaluation/"),
        InlineData("//access/v1/evaluation"),
        InlineData("/Access/V1/Evaluation"),
        InlineData("/access//v1/evaluation"),
        InlineData("/access/v1/%65valuation")
    ]
    [Trait("Abuse", "19")]
    public async Task Another_spelling_of_the_path_answers_the_same_or_404(string path)
    {
        var gateway = await gateways.OnAsync(EachDatabase.Sqlite);
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        foreach (var (who, expected) in new[] { ("alice", true), ("bob", false) })
        {
            var response = await store.PostAsync(
                new Uri(gateway.Url.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }),
                Content(Asking.Of(who, "write", "record-1"))
            );
            if (response.StatusCode != HttpStatusCode.NotFound)
            {
                Assert.Equal(expected, (await response.ShouldBeAsync(HttpStatusCode.OK)).Decision());
            }
        }
    }

    [Fact]
    public async Task Who_is_asking_is_settled_before_what()
    {
        var gateway = await gateways.OnAsync(EachDatabase.Sqlite);
        using var anyone = gateway.Anonymous();
        using var unknown = gateway.AsClient("nobodys-store", "access.evaluate");
        using var deaf = gateway.AsClient("deaf-store", "access.evaluate", "entitlements.issue");
        using var scopeless = gateway.AsClient("northvale-store");
        var response = await anyone.SendAsync(Asking.One, "{broken");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        foreach (var http in new[] { unknown, deaf, scopeless })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await http.SendAsync(Asking.One, "{broken")).StatusCode);
        }
    }

    /// <summary>Abuse 74.</summary>
    [Fact]
    [Trait("Abuse", "74")]
    public async Task A_body_over_1_MiB_is_413()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        var body = Asking.Of("alice", "read", "record-1", more: $"'x':'{new string('x', 1 << 20)}'");
        using var request = new HttpRequestMessage(HttpMethod.Post, Asking.One) { Content = Content(body), Headers = { ExpectContinue = true } };
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await store.SendAsync(request)).StatusCode);
    }

    /// <summary>Abuse 18, our side of it: a decision is a JSON boolean, and nothing stores it.</summary>
    [Fact]
    [Trait("Abuse", "18")]
    public async Task A_decision_is_true_or_false_and_never_cached()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        foreach (var body in new[] { Asking.Of("alice", "read", "record-1"), Asking.Of("bob", "write", "record-1"), Asking.Of("nobody", "read", "nothing") })
        {
            var response = await store.SendAsync(Asking.One, body);
            Assert.Contains((await response.ShouldBeAsync(HttpStatusCode.OK))["decision"]!.ToJsonString(), (string[])["true", "false"]);
            Assert.True(response.Headers.CacheControl?.NoStore);
        }
    }

    /// <summary>Abuse 49, 68, 69: what is written into ids and members that are not ours changes nothing.</summary>
    [
        Theory,
        InlineData("alice' or '1'='1"),
        InlineData("alice\\\"; drop table subject; --"),
        InlineData("al%"),
        InlineData("alice\\r\\nX-Evil: 1"),
        InlineData("\\u001b[31malice"),
        InlineData("ALICE"),
        InlineData("alice ")
    ]
    [Trait("Abuse", "69")]
    public async Task An_odd_id_is_nobodys(string id)
    {
        foreach (var database in new[] { EachDatabase.Sqlite, EachDatabase.Postgres })
        {
            using var store = await gateways.StoreAsync(database);
            var body = Asking.Of("ID", "read", "record-1").Replace("ID", id, StringComparison.Ordinal);
            var answer = await store.AnswerAsync(Asking.One, body);
            Assert.False(answer.Decision());
            Assert.Equal(["not_available"], answer.Reasons());
        }
    }

    [Fact]
    [Trait("Abuse", "49")]
    public async Task Members_that_only_we_may_set_are_ignored_wherever_they_stand()
    {
        using var store = await gateways.StoreAsync(EachDatabase.Sqlite);
        var more =
            "'decision':true,'tenant':'southmere','caller_may_ask':true,'roles':['negotiator'],'context':{'decision':true,'roles':['negotiator'],'rev':1}";
        var answer = await store.AnswerAsync(Asking.One, Asking.Of("dave", "download", "recorder", "app", more));
        Assert.Equal(["role_not_held"], answer.Reasons());
    }

    private static ByteArrayContent Content(string body) =>
        new(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
