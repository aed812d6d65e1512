using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Entitlements.Client.Wire;
using Entitlements.Edge.Downloads;

namespace Entitlements.Gateway.Tests.Downloads;

public sealed class DownloadTests : IAsyncLifetime
{
    private static readonly byte[] Bytes = Content(2_500_000);

    private GateHost _gate = null!;
    private TestDownload _download = null!;

    internal static byte[] Content(int size)
    {
        var bytes = new byte[size];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask InitializeAsync()
    {
        _gate = await GateHost.StartAsync();
        _download = await _gate.AddAsync(new MemoryStream(Bytes));
    }

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Theory]
    [InlineData(null, 200, 0, 2_500_000)]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=10-19", 206, 10, 10)]
    [InlineData("bytes=1048575-1048576", 206, 1_048_575, 2)]
    [InlineData("bytes=1048576-", 206, 1_048_576, 1_451_424)]
    [InlineData("BYTES=2499999-", 206, 2_499_999, 1)]
    [InlineData("bytes=-5", 206, 2_499_995, 5)]
    [InlineData("bytes=-9999999", 206, 0, 2_500_000)]
    [InlineData("bytes=5-99999999999999999999999", 206, 5, 2_499_995)]
    [InlineData("bytes=-99999999999999999999999", 206, 0, 2_500_000)]
    [InlineData("bytes=2500000-", 416, 0, 0)]
    [InlineData("bytes=99999999999999999999999-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=0-4,10-14", 206, 0, 5)]
    [InlineData("bytes=9999999-,10-14", 206, 10, 5)]
    [InlineData("bytes=0-1,0-2,0-3,0-4,0-5,0-6", 416, 0, 0)]
    [InlineData("bytes=9-4", 200, 0, 2_500_000)]
    [InlineData("bytes=+1-4", 200, 0, 2_500_000)]
    [InlineData("bytes=0x1-4", 200, 0, 2_500_000)]
    [InlineData("bytes=-", 200, 0, 2_500_000)]
    [InlineData("bytes=", 200, 0, 2_500_000)]
    [InlineData("lines=1-2", 200, 0, 2_500_000)]
    [Trait("Abuse", "30")]
    public async Task A_range_is_given_refused_or_ignored_as_RFC_9110_says(string? range, int status, int first, int length)
    {
        using var answer = await _gate.GetAsync(_download, headers => headers.TryAddWithoutValidation("Range", range is null ? [] : [range]));
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 416)
        {
            Assert.Equal("bytes */2500000", answer.Content.Headers.ContentRange!.ToString());
            return;
        }

        Assert.Equal(length, answer.Content.Headers.ContentLength);
        Assert.Equal(status == 206 ? $"bytes {first}-{first + length - 1}/2500000" : null, answer.Content.Headers.ContentRange?.ToString());
        Assert.Equal($"sha-256=:{Convert.ToBase64String(_download.Content.Sha256.ToBytes())}:", Assert.Single(answer.Headers.GetValues("Repr-Digest")));
        var body = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(Bytes.AsSpan(first, length).SequenceEqual(body));
    }

    [Fact]
    [Trait("Abuse", "30")]
    public async Task Case_30_a_thousand_overlapping_ranges_get_416()
    {
        using var answer = await _gate.GetAsync(
            _download,
            headers => headers.TryAddWithoutValidation("Range", "bytes=" + string.Join(',', Enumerable.Repeat("0-", 1000)))
        );
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
    }

    [Theory]
    [InlineData("\"{0}\"", 206)]
    [InlineData("W/\"{0}\"", 200)]
    [InlineData("{0}", 200)]
    [InlineData("\"other\"", 200)]
    [InlineData("Tue, 15 Nov 1994 12:45:26 GMT", 200)]
    public async Task If_Range_compares_strongly_and_otherwise_the_whole_file_comes(string validator, int status)
    {
        using var answer = await _gate.GetAsync(
            _download,
            headers =>
            {
                headers.Range = new RangeHeaderValue(5, 9);
                headers.TryAddWithoutValidation("If-Range", validator.Replace("{0}", _download.Content.Sha256.Hex, StringComparison.Ordinal));
            }
        );
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task HEAD_has_the_headers_of_GET_and_no_body()
    {
        using var get = await _gate.GetAsync(_download);
        using var head = await _gate.GetAsync(_download, method: HttpMethod.Head);
        Assert.Equal(Lines(get), Lines(head));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Equal(["nosniff"], get.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal("no-store, private", get.Headers.CacheControl!.ToString());
        Assert.Equal("bytes", get.Headers.AcceptRanges.ToString());
        Assert.Equal($"\"{_download.Content.Sha256.Hex}\"", get.Headers.ETag!.ToString());

        static string[] Lines(HttpResponseMessage answer) =>
            [
                .. answer
                    .Headers.Concat(answer.Content.Headers)
                    .Where(h => h.Key != "Date")
                    .Select(h => $"{h.Key}: {string.Join(',', h.Value)}")
                    .Order(StringComparer.Ordinal),
            ];
    }

    [Fact]
    public async Task A_copy_that_is_current_gets_304_and_a_wrong_expectation_412()
    {
        using var same = await _gate.GetAsync(_download, headers => headers.TryAddWithoutValidation("If-None-Match", $"\"{_download.Content.Sha256.Hex}\""));
        using var other = await _gate.GetAsync(_download, headers => headers.TryAddWithoutValidation("If-Match", "\"other\""));
        Assert.Equal((HttpStatusCode.NotModified, HttpStatusCode.PreconditionFailed), (same.StatusCode, other.StatusCode));
    }

    [Fact]
    public async Task An_empty_file_comes_whole()
    {
        var empty = await _gate.AddAsync(new MemoryStream());
        using var answer = await _gate.GetAsync(empty);
        Assert.Equal((HttpStatusCode.OK, 0L), (answer.StatusCode, answer.Content.Headers.ContentLength));
    }

    [Theory]
    [InlineData("a\r\nSet-Cookie: x=1.apk")]
    [InlineData("\"; filename=evil.html; x=\"")]
    [InlineData("../../etc/passwd")]
    [InlineData("..\\..\\boot.ini")]
    [InlineData("photo\u202Egpj.apk")]
    [InlineData("nul\0l.apk")]
    [InlineData("\uD800.apk")]
    [InlineData("rhaglen ŵ'%41.apk")]
    [InlineData("....")]
    [Trait("Abuse", "36")]
    public async Task Case_36_a_file_name_stays_a_file_name(string name)
    {
        var download = await _gate.AddAsync(new MemoryStream([1, 2, 3]), name, "text/html\r\nX-Evil: 1");
        using var answer = await _gate.GetAsync(download);
        var disposition = answer.Content.Headers.ContentDisposition!;
        Assert.Equal("attachment", disposition.DispositionType);
        Assert.False(answer.Headers.Contains("Set-Cookie") || answer.Headers.Contains("X-Evil"));
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.All(
            [disposition.FileName!.Trim('"'), disposition.FileNameStar!],
            offered =>
            {
                Assert.DoesNotContain(offered, c => c is '/' or '\\' or '"' or '\0' or '\r' or '\n' or '\u202E');
                Assert.False(offered.Length == 0 || offered.StartsWith('.'));
            }
        );
    }

    [Fact]
    public async Task A_token_is_redeemed_once_and_the_same_key_gets_the_same_session()
    {
        using var first = await RedeemAsync(_download.Token, "key-1");
        using var again = await RedeemAsync(_download.Token, "key-1");
        using var other = await RedeemAsync(_download.Token, "key-2");
        var session = await first.Content.ReadFromJsonAsync(WireJson.Default.DownloadSession);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal($"/v1/downloads/{_download.Session}", first.Headers.Location!.ToString());
        Assert.Equal($"https://downloads.example/v1/downloads/{_download.Session}", session!.Url);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        Assert.Equal("application/problem+json", other.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain(_download.Session, await other.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_outcome_of_redeeming_has_its_status_and_410_carries_the_context()
    {
        var context = JsonDocument.Parse("""{"reasons":[{"code":"app_recalled"}]}""").RootElement;
        (RedeemOutcome Outcome, int Status)[] table =
        [
            (new RedeemOutcome.BadRequest("x"), 400),
            (new RedeemOutcome.NotOurs(), 401),
            (new RedeemOutcome.Spent(), 409),
            (new RedeemOutcome.Gone(new Problem(Context: context)), 410),
            (new RedeemOutcome.Undecidable(), 503),
        ];
        foreach (var (outcome, status) in table)
        {
            _gate.Sessions.Redeemed = outcome;
            using var answer = await RedeemAsync("a.b.c");
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(status == 503, answer.Headers.RetryAfter is not null);
            Assert.Equal(status == 410, (await answer.Content.ReadAsStringAsync()).Contains("app_recalled", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{"token":"a.b.c","token":"d.e.f"}""", "application/json", 400)]
    [InlineData("""{"token":null}""", "application/json", 400)]
    [InlineData("""{"token":7}""", "application/json", 400)]
    [InlineData("""{"token":"a b"}""", "application/json", 400)]
    [InlineData("""{"token":""}""", "application/json", 400)]
    [InlineData("{}", "application/json", 400)]
    [InlineData("null", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("", "application/json", 400)]
    [InlineData("""{"token":"a.b.c"} x""", "application/json", 400)]
    [InlineData("{\"token\":\"\u00ff\"}", "application/json", 400)]
    [InlineData("""{"token":"a.b.c"}""", "text/plain", 415)]
    [InlineData("""{"token":"a.b.c"}""", "application/json; charset=utf-7", 415)]
    [InlineData("""{"token":"a.b.c"}""", "application/json; charset=utf-8", 401)]
    public async Task A_body_that_is_not_a_token_is_refused(string body, string type, int status)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body)); // so that U+00FF is not UTF-8
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await _gate.Http.PostAsync("/v1/downloads", content);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_body_too_long_or_too_deep_is_refused()
    {
        using var longBody = await _gate.Http.PostAsync(
            "/v1/downloads",
            new StringContent($$"""{"token":"{{new string('a', 20_000)}}"}""", Encoding.UTF8, "application/json")
        );
        using var deep = await _gate.Http.PostAsync("/v1/downloads", new StringContent(new string('[', 8000), Encoding.UTF8, "application/json"));
        Assert.Equal((413, 400), ((int)longBody.StatusCode, (int)deep.StatusCode));
    }

    [Fact]
    public async Task Only_the_token_of_the_session_opens_it()
    {
        var other = await _gate.AddAsync(new MemoryStream([1]));
        using var link = await _gate.Http.GetAsync($"/v1/downloads/{_download.Session}");
        using var wrong = await _gate.GetAsync(_download with { Token = other.Token });
        using var foreign = await _gate.GetAsync(_download with { Token = "x.y.z" });
        using var unknown = await _gate.GetAsync(_download with { Session = SessionId.New() });
        Assert.Equal((401, 403, 401, 403), ((int)link.StatusCode, (int)wrong.StatusCode, (int)foreign.StatusCode, (int)unknown.StatusCode));
        Assert.All([link, foreign], answer => Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme));
        _gate.Sessions.Opened = new OpenOutcome.Gone(new Problem(Title: "Recalled."));
        using var gone = await _gate.GetAsync(_download);
        _gate.Sessions.Opened = new OpenOutcome.Undecidable();
        using var undecidable = await _gate.GetAsync(_download);
        Assert.Equal((410, 503), ((int)gone.StatusCode, (int)undecidable.StatusCode));
    }

    private async Task<HttpResponseMessage> RedeemAsync(string token, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/downloads")
        {
            Content = JsonContent.Create(new RedeemRequest(token), WireJson.Default.RedeemRequest),
        };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key is null ? [] : [key]);
        return await _gate.Http.SendAsync(request);
    }
}
