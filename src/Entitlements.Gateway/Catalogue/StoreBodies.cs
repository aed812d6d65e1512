using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Whom a store asks about: an AuthZEN subject.</summary>
internal sealed record SubjectPart
{
    public required string Type { get; init; }
    public required OpaqueId Id { get; init; }
    public SubjectProperties? Properties { get; init; }
}

internal sealed record SubjectProperties
{
    /// <summary>The subject's provider, where it is not the tenant's own.</summary>
    public string? Iss { get; init; }
}

/// <summary>The device in use.</summary>
internal sealed record StoreDevice
{
    public required OpaqueId Id { get; init; }
}

/// <summary>Which tenant's people a store asks about, and whether it may.</summary>
internal sealed record StoreCall(string Tenant, bool MayAsk)
{
    /// <summary>A person's own tenant, or one they name that they are lent to; a client's only one, else the one it names.</summary>
    /// <exception cref="ProblemException">400: a client of several tenants named none.</exception>
    public static StoreCall Of(Caller caller, NameId? named)
    {
        IReadOnlyList<string> tenants = caller switch
        {
            Caller.Person { Tenant: { } own, Hosts: var hosts } => named is null ? [own] : [own, .. hosts],
            Caller.Client client => client.Tenants,
            _ => [],
        };
        return (named?.Value, tenants) switch
        {
            ({ } tenant, _) => new(tenant, tenants.Contains(tenant) || caller.IsExercise(tenant)),
            (null, [var only]) => new(only, MayAsk: true),
            (null, _) when caller is Caller.Client => throw new ProblemException(
                Problems.BadRequest(("/tenant", "is required: the client is registered for several tenants"))
            ),
            _ => new("", MayAsk: false),
        };
    }

    /// <summary>True where the caller may ask about that subject: a person about themself only.</summary>
    public bool Covers(Caller caller, SubjectPart subject) =>
        MayAsk
        && subject.Type == "user"
        && (caller is not Caller.Person person || (person.Subject == subject.Id.Value && (IssuerOf(caller, subject) ?? person.Issuer) == person.Issuer));

    /// <summary>The subject's provider where it is named; in an exercise as its people have it there.</summary>
    public string? IssuerOf(Caller caller, SubjectPart subject) =>
        subject.Properties?.Iss is { } issuer && caller.IsExercise(Tenant) ? ExerciseNames.IssuerIn(Tenant, issuer) : subject.Properties?.Iss;
}
