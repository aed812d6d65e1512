using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Hosting;

/// <summary>How much one caller, one address and all together may ask of this process (<c>RateLimits:*</c>).</summary>
internal sealed class RateLimitOptions
{
    /// <summary>Requests a second of one access token, on average. 1 to 1,000,000; default 2,000.</summary>
    [Range(1, 1_000_000)]
    public int CallerPerSecond { get; set; } = 2_000;

    /// <summary>Requests a second of one address that shows no token, on average. 1 to 1,000,000; default 100.</summary>
    [Range(1, 1_000_000)]
    public int AnonymousPerSecond { get; set; } = 100;

    /// <summary>Requests a second of one address whatever tokens it shows, so that invented ones gain nothing. 1 to 1,000,000; default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int AddressPerSecond { get; set; } = 10_000;

    /// <summary>How many seconds' worth may come at once. 1 to 60; default 2.</summary>
    [Range(1, 60)]
    public int Burst { get; set; } = 2;

    /// <summary>Requests running at the same time, streams included; more are refused with 503. 1 to 1,000,000; default 5,000.</summary>
    [Range(1, 1_000_000)]
    public int Concurrent { get; set; } = 5_000;
}

/// <summary>429 for a caller who asks too often, 503 when the process is full; both with <c>Retry-After</c>. Health is never limited.</summary>
/// <remarks>The library's limiters without its middleware, which makes a handful of objects for each request; how many run is one number.</remarks>
internal sealed class RateLimits : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext> _addresses;
    private readonly PartitionedRateLimiter<HttpContext> _callers;
    private readonly int _most;
    private int _running;

    public RateLimits(IOptions<RateLimitOptions> options, IMeterFactory meters)
    {
        var limits = options.Value;
        var (address, caller, anonymous) = (
            Bucket(limits.AddressPerSecond, limits.Burst),
            Bucket(limits.CallerPerSecond, limits.Burst),
            Bucket(limits.AnonymousPerSecond, limits.Burst)
        );
        _addresses = PartitionedRateLimiter.Create<HttpContext, Who>(context => new(AddressOf(context), address));
        _callers = PartitionedRateLimiter.Create<HttpContext, Who>(context =>
            CredentialDigest.Of(context) is { } shown ? new(new(shown.High, shown.Low), caller) : new(AddressOf(context), anonymous)
        );
        _most = limits.Concurrent;
        meters
            .Create("Entitlements.Hosting")
            .CreateObservableGauge(
                "entitlements.requests.running",
                () => Volatile.Read(ref _running),
                unit: "{request}",
                description: "Requests running now, streams included; at RateLimits:Concurrent more are refused."
            );
    }

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }
        using var address = _addresses.AttemptAcquire(context);
        using var caller = address.IsAcquired ? _callers.AttemptAcquire(context) : address;
        if (!caller.IsAcquired)
        {
            await RefusalOf(caller).ExecuteAsync(context);
            return;
        }
        try
        {
            await (Interlocked.Increment(ref _running) <= _most ? next(context) : Problems.Overloaded().ExecuteAsync(context));
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public void Dispose()
    {
        _addresses.Dispose();
        _callers.Dispose();
    }

    private static ProblemHttpResult RefusalOf(RateLimitLease lease) =>
        Problems.TooManyRequests(lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1));

    /// <summary>How a bucket is made. One function for all requests: the library's own short forms make two for each.</summary>
    private static Func<Who, RateLimiter> Bucket(int perSecond, int burst) =>
        _ => new TokenBucketRateLimiter(
            new()
            {
                TokenLimit = perSecond * burst,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
                AutoReplenishment = false, // the partition does it
            }
        );

    /// <remarks>An IPv6 caller owns at least a /64, so that is one address.</remarks>
    private static Who AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return new(1, length == 16 ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes));
    }

    /// <summary>Who is counted: a digest of what was shown, or 1 and the address.</summary>
    private readonly record struct Who(UInt128 High, UInt128 Low);
}
