using System.Security.Cryptography;
using Entitlements.Client;
using Entitlements.Client.Wire;
using Entitlements.Gateway.Tests.Faults;
using Microsoft.AspNetCore.Http;

namespace Entitlements.Gateway.Tests.Downloads;

public sealed class ClientTests
{
    private static readonly EvaluationRequest Question = EvaluationRequest.Download("northvale-0001", "call-recorder");

    [Theory]
    [InlineData("""{"decision":true}""", true)]
    [InlineData("""{"decision":true,"context":{"revision":7}}""", true)]
    [InlineData("""{"decision":false}""", false)]
    [InlineData("""{"decision":false,"decision":true}""", false)]
    [InlineData("""{"decision":true,"context":{"a":1,"a":2}}""", false)]
    [InlineData("""{"decision":"ALLOW "}""", false)]
    [InlineData("""{"decision":"true"}""", false)]
    [InlineData("""{"decision":1}""", false)]
    [InlineData("""{"decision":null}""", false)]
    [InlineData("""{"Decision":true}""", false)]
    [InlineData("""[{"decision":true}]""", false)]
    [InlineData("""{"decision":true} {}""", false)]
    [InlineData("""{"decision":true,}""", false)]
    [InlineData("""{"decision":true""", false)]
    [InlineData("", false)]
    [InlineData("true", false)]
    [Trait("Abuse", "18")]
    public async Task Case_18_only_a_clean_true_is_an_allow(string body, bool isAllow)
    {
        var (one, many) = await AskAsync(context =>
            context.Response.WriteAsync(context.Request.Path.Value!.EndsWith('s') ? $$"""{"evaluations":[{{body}}]}""" : body)
        );
        Assert.Equal((isAllow, isAllow), (one is Decision.Allow, many is Decision.Allow));
    }

    [Theory]
    [InlineData(500, "application/json", null)]
    [InlineData(201, "application/json", null)]
    [InlineData(403, "application/json", null)]
    [InlineData(200, "text/html", null)]
    [InlineData(200, "application/json; charset=utf-16", null)]
    [InlineData(200, "application/json", "another")]
    [Trait("Abuse", "18")]
    public async Task Case_18_an_allow_in_an_odd_answer_is_a_denial(int status, string type, string? requestId)
    {
        var (one, many) = await AskAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers["X-Request-ID"] = requestId ?? context.Request.Headers["X-Request-ID"];
            return context.Response.WriteAsync("""{"decision":true,"evaluations":[{"decision":true}]}""");
        });
        Assert.IsType<Decision.Deny>(one);
        Assert.IsType<Decision.Deny>(many);
    }

    [Fact]
    [Trait("Abuse", "18")]
    public async Task Case_18_a_body_cut_short_of_its_length_is_a_denial()
    {
        var (one, _) = await AskAsync(async context =>
        {
            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("""{"decision":true}""");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        Assert.NotNull(Assert.IsType<Decision.Deny>(one).Fault);
    }

    [Fact]
    [Trait("Abuse", "18")]
    public async Task Case_18_too_few_answers_an_endless_one_a_redirect_and_none_at_all_are_denials()
    {
        var (_, few) = await AskAsync(context => context.Response.WriteAsync("""{"evaluations":[]}"""));
        var (endless, _) = await AskAsync(context => context.Response.WriteAsync("""{"decision":true}""" + new string(' ', 2_000_000)));
        var (moved, _) = await AskAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/moved" ? 200 : 307;
            context.Response.Headers.Location = "/moved";
            return context.Response.WriteAsync("""{"decision":true}""");
        });
        var (late, _) = await AskAsync(context => Task.Delay(System.Threading.Timeout.Infinite, context.RequestAborted), TimeSpan.FromMilliseconds(200));
        Assert.All([few, endless, moved, late], answer => Assert.IsType<Decision.Deny>(answer));
        using var nobody = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1") };
        Assert.IsType<Decision.Deny>(await new EntitlementsClient(nobody).EvaluateAsync(Question));
        Assert.IsType<IssueOutcome.Refused>(await new EntitlementsClient(nobody).IssueAsync(Question));
    }

    [Fact]
    public async Task A_download_goes_on_after_breaks_and_is_compared_with_its_digest()
    {
        await using var gate = await GateHost.StartAsync();
        var bytes = DownloadTests.Content(3_000_000);
        var download = await gate.AddAsync(new MemoryStream(bytes));
        await using var proxy = new FaultProxy(gate.Port) { CutAfter = 1_200_000 };
        using var http = new HttpClient { BaseAddress = proxy.Origin };
        using var copy = new MemoryStream();
        Assert.IsType<DownloadOutcome.Complete>(await new EntitlementsClient(http).DownloadAsync(Issued(download), copy));
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(copy.ToArray()));
    }

    [Fact]
    public async Task A_beginning_that_is_not_the_releases_is_found_out_and_a_spent_token_refused()
    {
        await using var gate = await GateHost.StartAsync();
        var download = await gate.AddAsync(new MemoryStream(DownloadTests.Content(100_000)));
        using var http = new HttpClient { BaseAddress = gate.Origin };
        using var copy = new MemoryStream();
        copy.SetLength(5_000);
        var client = new EntitlementsClient(http);
        Assert.IsType<DownloadOutcome.Corrupt>(await client.DownloadAsync(Issued(download), copy));
        Assert.Equal(0, copy.Length);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, Assert.IsType<DownloadOutcome.Refused>(await client.DownloadAsync(Issued(download), copy)).Status);
    }

    private static IssueOutcome.Issued Issued(TestDownload download) =>
        new(new IssuedEntitlement("ent-1", download.Token, Release: new ReleaseSummary("1.0", "android", download.Content.Sha256.Hex, download.Content.Size)));

    private static async Task<(Decision One, Decision Many)> AskAsync(RequestDelegate answer, TimeSpan? timeout = null)
    {
        await using var upstream = await StubServer.StartAsync(context =>
        {
            context.Response.ContentType = "application/json";
            return answer(context);
        });
        using var http = new HttpClient { BaseAddress = upstream.Origin };
        var client = new EntitlementsClient(http) { Timeout = timeout ?? TimeSpan.FromSeconds(10) };
        return (await client.EvaluateAsync(Question), Assert.Single(await client.EvaluateAllAsync([Question])));
    }
}
