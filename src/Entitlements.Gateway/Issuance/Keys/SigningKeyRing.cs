using System.Collections.Immutable;
using Entitlements.Gateway.Consistency;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>The keys in force: all verify, the last that may sign signs.</summary>
internal sealed class SigningKeyRing(TimeProvider clock)
{
    private sealed record Reading(ImmutableArray<SigningKey> Keys, DateTimeOffset At);

    private volatile Reading _last = new([], DateTimeOffset.MinValue);

    /// <summary>In order of file name, or of when they begin to sign.</summary>
    public ImmutableArray<SigningKey> All => _last.Keys;

    /// <summary>How long ago the keys were read.</summary>
    public TimeSpan Age => clock.GetUtcNow() - _last.At;

    /// <summary>The key that signs now.</summary>
    /// <exception cref="NoLeaseException">No key may sign: the ring was never filled, or none of the keys on record is ours.</exception>
    public SigningKey Current
    {
        get
        {
            var now = clock.GetUtcNow();
            return All.LastOrDefault(key => key.SignsFrom <= now) ?? throw new NoLeaseException("No signing key is in force.");
        }
    }

    /// <summary>A <c>kid</c> is untrusted text: compared with the keys at hand, never followed.</summary>
    public SigningKey? Find(string keyId) => All.FirstOrDefault(key => key.KeyId == keyId);

    /// <param name="keys">In order.</param>
    /// <param name="at">When reading them began.</param>
    public void Fill(ImmutableArray<SigningKey> keys, DateTimeOffset at) => _last = new(keys, at);
}
