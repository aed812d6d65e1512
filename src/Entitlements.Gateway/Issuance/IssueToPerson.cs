using System.Collections.Frozen;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Issuance;

/// <summary>Issues an entitlement to the person at the portal, who is there themself: the portal is the store then, and needs no registration to serve this product's own people.</summary>
internal sealed class IssueToPerson(IssueEntitlement issue, StorageGuard guard, TimeProvider clock)
{
    /// <summary>Stands where a store's issuer stands; no provider can have it.</summary>
    public const string Portal = "urn:entitlements:portal";

    private const string ClientId = "portal";

    /// <summary>How long ago they may have signed in where the app asks for proof of the person, as a token of theirs would be.</summary>
    public static readonly TimeSpan OldestSignIn = TimeSpan.FromMinutes(5);

    /// <param name="person">Signed in at the portal, with a tenant of their own.</param>
    /// <param name="key">Idempotency-Key: the same one finds the same entitlement while it is unspent.</param>
    public Task<IssueOutcome> IssueAsync(Caller.Person person, string app, string? device, string? key)
    {
        var tenant = person.Tenant ?? throw new ArgumentException("A person without a tenant has no store.", nameof(person));
        var client = new Caller.Client(
            Portal,
            ClientId,
            FrozenSet.Create(StringComparer.Ordinal, Scopes.Issue),
            [tenant],
            HumanId: null,
            FrozenSet<string>.Empty
        );
        var question = new Question.Asked(Questions.Download(tenant, person.Issuer, person.Subject, app, device), MayAsk: true, Purpose.Attempt);
        var request = new IssueRequest(client, question, SubjectToken: null, key is null ? null : new($"portal/{person.Key}", key, $"{app}/{device}"))
        {
            Proof = ProofOf(person),
        };
        return guard.OrAsync(() => issue.IssueAsync(request), new IssueOutcome.Undecidable());
    }

    private Proof ProofOf(Caller.Person person) =>
        person.SignIn.At is { } at && clock.Now() - at <= OldestSignIn ? new(Fault: null, person.SubjectKey) : new(PersonProof.Required, SubjectKey: null);
}
