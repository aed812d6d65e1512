using System.Net;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Entitlements.Gateway.Identity;

/// <summary>A provider's keys cannot be had: no token of its can be judged. Callers are told to come again.</summary>
internal sealed class ProviderUnavailableException(string message) : Exception(message);

/// <summary>One provider's signing keys, fetched from its metadata and kept no longer than we could stand by them.</summary>
/// <remarks>
/// Not the library's ConfigurationManager: that one keeps serving keys the provider took back ("last known good") and old keys for ever
/// while the provider cannot be reached.
/// </remarks>
internal sealed partial class ProviderKeys(TrustedProvider provider, IDocumentRetriever documents, TimeProvider clock, ILogger logger)
    : IConfigurationManager<OpenIdConnectConfiguration>,
        IDisposable
{
    /// <summary>After this they are fetched anew: a key taken back is refused no later than this.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    /// <summary>While the provider is down they serve this long, then nothing passes.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(4);

    /// <summary>Between two fetches that unknown key ids caused.</summary>
    public static readonly TimeSpan SeekPause = TimeSpan.FromSeconds(30);

    /// <summary>Between two tries while the provider is down.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly Gate _refresh = new(RetryPause);
    private readonly Gate _seek = new(SeekPause);
    private volatile KeySet? _held;

    /// <summary>True while these are the keys that <see cref="GetConfigurationAsync"/> would give, and need not be fetched anew.</summary>
    public bool Holds(OpenIdConnectConfiguration keys) => _held is { } held && ReferenceEquals(held.Configuration, keys) && !IsOlder(held.At, Fresh);

    /// <exception cref="ProviderUnavailableException">There are no keys, or only ones too old to stand by.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        var held = _held;
        if (held is null || (IsOlder(held.At, Fresh) && _oneAtATime.CurrentCount > 0)) // one asks anew, the others go on with what is held
        {
            held = await FetchAsync(held, _refresh, cancel);
        }

        return held is not null && !IsOlder(held.At, Kept)
            ? held.Configuration
            : throw new ProviderUnavailableException($"no signing keys of {provider.Issuer}");
    }

    /// <summary>Makes sure that a key of this id would be held if the provider publishes it: at most one fetch per <see cref="SeekPause"/>.</summary>
    public async Task SeekAsync(string keyId, CancellationToken cancel)
    {
        var configuration = await GetConfigurationAsync(cancel);
        if (configuration.SigningKeys.All(key => key.KeyId != keyId))
        {
            await FetchAsync(_held, _seek, cancel);
        }
    }

    /// <summary>Nothing to do: <see cref="SeekAsync"/> has asked before the token was judged.</summary>
    public void RequestRefresh() { }

    public void Dispose() => _oneAtATime.Dispose();

    private async Task<KeySet?> FetchAsync(KeySet? seen, Gate gate, CancellationToken cancel)
    {
        await _oneAtATime.WaitAsync(cancel);
        try
        {
            if (ReferenceEquals(_held, seen) && (gate.LastUsed is not { } at || IsOlder(at, gate.Pause)))
            {
                gate.LastUsed = clock.GetTimestamp();
                _held = await ReadAsync();
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException) // whatever a provider sends: keep what is held, until it is too old
        {
            LogUnavailable(logger, provider.Issuer, fault.GetType().Name);
        }
        finally
        {
            _oneAtATime.Release();
        }

        return _held;
    }

    /// <remarks>Not cancelled with the request that happened to ask: others wait for it. The backchannel has its own timeout.</remarks>
    private async Task<KeySet> ReadAsync()
    {
        var address = provider.Issuer.TrimEnd('/') + "/.well-known/openid-configuration";
        var told = await OpenIdConnectConfigurationRetriever.GetAsync(address, documents, CancellationToken.None);
        if (told.Issuer != provider.Issuer)
        {
            throw new InvalidDataException("the metadata is another issuer's"); // OpenID Connect Discovery §4.3
        }

        var configuration = new OpenIdConnectConfiguration { Issuer = told.Issuer };
        foreach (var key in told.JsonWebKeySet?.Keys.Where(IsUsable) ?? [])
        {
            configuration.SigningKeys.Add(key);
        }

        return configuration.SigningKeys.Count > 0
            ? new KeySet(configuration, clock.GetTimestamp())
            : throw new InvalidDataException("the key set has no key to verify with");
    }

    /// <summary>Asymmetric, meant for signatures, at least 2048 bits where RSA, and named.</summary>
    private static bool IsUsable(JsonWebKey key) =>
        key.Kid is { Length: > 0 }
        && key.Use is null or "" or "sig"
        && (key.KeyOps.Count == 0 || key.KeyOps.Contains("verify", StringComparer.Ordinal))
        && (key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve || (key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize >= 2048));

    private bool IsOlder(long since, TimeSpan age) => clock.GetElapsedTime(since) >= age;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The signing keys of {Issuer} could not be fetched: {Fault}")]
    private static partial void LogUnavailable(ILogger logger, string issuer, string fault);

    /// <summary>When something was last done that may be done once in a while. Used by whoever holds the semaphore.</summary>
    private sealed class Gate(TimeSpan pause)
    {
        public TimeSpan Pause { get; } = pause;

        public long? LastUsed { get; set; }
    }

    private sealed record KeySet(OpenIdConnectConfiguration Configuration, long At);
}

/// <summary>The one HTTP client that asks providers: no redirects, no cookies, small answers, little patience.</summary>
internal sealed class ProviderBackchannel : IDisposable
{
    private readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None, // so that the size limit counts what is read
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        }
    )
    {
        Timeout = TimeSpan.FromSeconds(5),
        MaxResponseContentBufferSize = 512 * 1024,
    };

    public IDocumentRetriever For(TrustedProvider provider) => new HttpDocumentRetriever(_client) { RequireHttps = provider.RequireHttps };

    public void Dispose() => _client.Dispose();
}
