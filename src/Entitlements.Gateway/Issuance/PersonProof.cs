using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Issuance;

/// <summary>What a <c>subject_token</c> proved.</summary>
/// <param name="Fault">Stable code of what is wrong; null when it proves <paramref name="SubjectKey"/> to have asked just now.</param>
internal sealed record Proof(string? Fault, long? SubjectKey)
{
    /// <summary>The code to refuse with where the subject <paramref name="key"/> must be proven; null when they are.</summary>
    public string? ObjectionFor(long? key) => Fault ?? (key is not null && key == SubjectKey ? null : PersonProof.Invalid);
}

/// <summary>Proof of the person: their own access token, of our audience, made at most five minutes ago.</summary>
internal sealed class PersonProof(SubjectTokenValidator tokens, CallerResolver callers, TimeProvider clock)
{
    public const string Required = "person_proof_required";
    public const string Invalid = "person_proof_invalid";

    private static readonly TimeSpan OldestToken = TimeSpan.FromMinutes(5);

    /// <exception cref="ProviderUnavailableException">The token's provider cannot be asked for its keys.</exception>
    public async Task<Proof> OfAsync(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return new(Required, null);
        }
        return
            await tokens.ValidateAsync(token) is { } verified
            && clock.Now() - verified.IssuedAt <= OldestToken
            && await callers.ResolveAsync(verified) is Caller.Person { SubjectKey: { } key }
            ? new(null, key)
            : new(Invalid, null);
    }
}
