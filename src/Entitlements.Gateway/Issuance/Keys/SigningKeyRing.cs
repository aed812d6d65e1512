using System.Collections.Immutable;

namespace Entitlements.Gateway.Issuance.Keys;

/// <summary>The keys in force: all verify, the last that may sign signs.</summary>
internal sealed class SigningKeyRing(TimeProvider clock)
{
    private ImmutableArray<SigningKey> _keys = [];

    /// <summary>In order of file name, or of making.</summary>
    public ImmutableArray<SigningKey> All => _keys;

    /// <summary>The key that signs now.</summary>
    /// <exception cref="InvalidOperationException">No key may sign: the ring was never filled.</exception>
    public SigningKey Current
    {
        get
        {
            var now = clock.GetUtcNow();
            return _keys.LastOrDefault(key => key.SignsFrom <= now) ?? throw new InvalidOperationException("no signing key is in force");
        }
    }

    /// <summary>A <c>kid</c> is untrusted text: compared with the keys at hand, never followed.</summary>
    public SigningKey? Find(string keyId) => _keys.FirstOrDefault(key => key.KeyId == keyId);

    public void Fill(IEnumerable<SigningKey> keys) => ImmutableInterlocked.InterlockedExchange(ref _keys, [.. keys]);
}
