using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Notify.Client;
using Notify.Exceptions;
using Notify.Interfaces;

namespace Entitlements.Gateway.Telling.People;

/// <summary>Text messages, and mail where no SMTP server is set, by GOV.UK Notify. It takes a message first (201) and knows later whether it arrived.</summary>
internal sealed class NotifySender : IDisposable
{
    private readonly IOptions<NotifyOptions> _options;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;

    public NotifySender(IOptions<NotifyOptions> options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _http = new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            }
        );
    }

    public Task<Attempt> SendSmsAsync(string message, string number, PersonText text, string link) =>
        CallAsync(async notify => new Attempt.Accepted((await notify.SendSmsAsync(number, _options.Value.SmsTemplate!, FieldsOf(text, link), message)).id));

    public Task<Attempt> SendMailAsync(string message, string address, PersonText text, string link) =>
        CallAsync(async notify => new Attempt.Accepted(
            (await notify.SendEmailAsync(address, _options.Value.EmailTemplate!, FieldsOf(text, link), message)).id
        ));

    /// <summary>What became of a message that Notify took.</summary>
    public Task<Attempt> AskAsync(string receipt) =>
        CallAsync(async notify =>
            (await notify.GetNotificationByIdAsync(receipt)).status switch
            {
                "delivered" or "sent" => new Attempt.Arrived(), // sent: abroad, from where nothing is heard any more
                "permanent-failure" => new Attempt.Refused("notify_permanent_failure"),
                "temporary-failure" => new Attempt.Refused("notify_temporary_failure"), // Notify has given up
                "technical-failure" => new Attempt.Refused("notify_technical_failure"),
                _ => new Attempt.Accepted(receipt),
            }
        );

    private static Dictionary<string, object> FieldsOf(PersonText text, string link) =>
        new(StringComparer.Ordinal)
        {
            ["en"] = text.En,
            ["cy"] = text.Cy,
            ["link"] = link,
        };

    private async Task<Attempt> CallAsync(Func<NotificationClient, Task<Attempt>> call)
    {
        using var late = new CancellationTokenSource(_options.Value.Timeout, _clock);
        var line = new Line(_http, new Uri(_options.Value.BaseUrl), late.Token);
        try
        {
            var key = (await File.ReadAllTextAsync(_options.Value.ApiKeyFile!, late.Token)).Trim();
            return await Task.Run(() => call(new NotificationClient(line, key)), late.Token); // its methods block until the answer is there
        }
        catch (Exception fault)
            when (fault is NotifyClientException or AggregateException or OperationCanceledException or IOException or Newtonsoft.Json.JsonException)
        {
            return line.Failure(_clock, isLate: late.IsCancellationRequested);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>One call's line: keeps what the library's exceptions do not tell.</summary>
    private sealed class Line(HttpMessageInvoker http, Uri origin, CancellationToken late) : IHttpClient
    {
        private HttpStatusCode? _status;
        private System.Net.Http.Headers.RetryConditionHeaderValue? _asked;

        /// <summary>The library sets its own here: not used.</summary>
        public Uri BaseAddress { get; set; } = null!;

        public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
        {
            request.RequestUri = new Uri(origin, request.RequestUri!);
            var response = await http.SendAsync(request, late);
            (_status, _asked) = (response.StatusCode, response.Headers.RetryAfter);
            await response.Content.LoadIntoBufferAsync(1 << 20, late);
            return response;
        }

        /// <summary>400: this number, or this message, will never do. All else may be put right: a key, a limit, a server.</summary>
        public Attempt Failure(TimeProvider clock, bool isLate) =>
            _status switch
            {
                _ when isLate => new Attempt.Later("timeout"),
                null => new Attempt.Later("notify_unreachable"),
                HttpStatusCode.BadRequest => new Attempt.Refused("notify_refused"),
                { } status => new Attempt.Later(
                    string.Create(CultureInfo.InvariantCulture, $"notify_status_{(int)status}"),
                    _asked?.Delta ?? _asked?.Date - clock.GetUtcNow()
                ),
            };

        public void SetClientBaseAddress() { }

        public void AddContentHeader(string header) { }

        public void AddUserAgent(string userAgent) { }

        public void Dispose() { }
    }
}
