using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
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
internal static class RateLimits
{
    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddSettings<RateLimitOptions>("RateLimits");
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, limits) => Configure(limiter, limits.Value));
    }

    private static void Configure(RateLimiterOptions limiter, RateLimitOptions limits)
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<HttpContext, Who>(context => Unless(IsHealth(context), AddressOf(context), limits.AddressPerSecond, limits)),
            PartitionedRateLimiter.Create<HttpContext, Who>(context =>
                CredentialDigest.Of(context) is { } shown
                    ? Unless(IsHealth(context), new(shown.High, shown.Low), limits.CallerPerSecond, limits)
                    : Unless(IsHealth(context), AddressOf(context), limits.AnonymousPerSecond, limits)
            ),
            PartitionedRateLimiter.Create<HttpContext, Who>(context =>
                IsHealth(context)
                    ? RateLimitPartition.GetNoLimiter(Who.Exempt)
                    : RateLimitPartition.GetConcurrencyLimiter(Who.Everybody, _ => new() { PermitLimit = limits.Concurrent, QueueLimit = 0 })
            )
        );
        limiter.OnRejected = async (rejected, _) =>
        {
            // only token buckets know when the next permit comes; without it the process is full
            var problem = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Problems.TooManyRequests(wait) : Problems.Overloaded();
            await problem.ExecuteAsync(rejected.HttpContext);
        };
    }

    private static RateLimitPartition<Who> Unless(bool exempt, Who key, int perSecond, RateLimitOptions limits) =>
        exempt
            ? RateLimitPartition.GetNoLimiter(Who.Exempt)
            : RateLimitPartition.GetTokenBucketLimiter(
                key,
                _ =>
                    new()
                    {
                        TokenLimit = perSecond * limits.Burst,
                        TokensPerPeriod = perSecond,
                        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                        QueueLimit = 0,
                    }
            );

    private static bool IsHealth(HttpContext context) => context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal);

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
    /// <remarks>A key is bound to the first limiter that asks for it: who is exempt and who is not must never share one.</remarks>
    private readonly record struct Who(UInt128 High, UInt128 Low)
    {
        public static Who Exempt { get; } = new(0, 0);
        public static Who Everybody { get; } = new(0, 1);
    }
}
