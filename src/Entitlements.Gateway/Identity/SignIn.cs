namespace Entitlements.Gateway.Identity;

/// <summary>What a person's token tells of how and when they signed in. How old that is, is judged at each request and never remembered.</summary>
/// <param name="At">When they last proved who they are (<c>auth_time</c>); null where the token does not say.</param>
/// <param name="IsStrong">The token says all that the provider's settings call strong.</param>
/// <param name="Rule">What the settings ask of this provider.</param>
internal sealed record SignIn(DateTimeOffset? At, bool IsStrong, StepUpRule Rule)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Nothing is known of it, so it never suffices.</summary>
    public static SignIn Unknown { get; } = new(null, IsStrong: false, new([], [], TimeSpan.Zero, AdmitsUnproven: false));

    /// <summary>Strong, and no older than the settings allow, in whole seconds as <c>auth_time</c> has them. A sign-in from the future is no sign-in.</summary>
    /// <remarks>Who signed in exactly <c>max_age</c> ago is not asked again by the provider (OpenID Connect Core §3.1.2.1), so must not be asked again here.</remarks>
    public bool SufficesAt(DateTimeOffset now) => IsStrong && At is { } at && at - now <= TokenRules.Skew && now - at < Rule.MaxAge + Second;
}

/// <summary>How the people of a provider prove a recent strong sign-in.</summary>
/// <param name="AcrValues">Any of them is strong; empty: not looked at. Where both lists are given, both must be met.</param>
/// <param name="AmrValues">Any of them is strong; empty: not looked at.</param>
/// <param name="MaxAge">Longest time since the sign-in.</param>
/// <param name="AdmitsUnproven">Where it cannot be proven, its people act without; each act records that.</param>
internal sealed record StepUpRule(IReadOnlyList<string> AcrValues, IReadOnlyList<string> AmrValues, TimeSpan MaxAge, bool AdmitsUnproven)
{
    /// <summary>False where the settings name nothing that this provider's tokens would have to say.</summary>
    public bool CanBeProven => AcrValues.Count > 0 || AmrValues.Count > 0;

    /// <summary>Reads what the token tells of the sign-in; what is malformed is absent, which opens nothing.</summary>
    public SignIn Read(ClaimReader claims, Dialect dialect) =>
        new(
            claims.InstantOrNothing("auth_time"),
            CanBeProven && IsMet(AcrValues, dialect.ContextsOf(claims)) && IsMet(AmrValues, claims.ListOrNothing("amr")),
            this
        );

    private static bool IsMet(IReadOnlyList<string> wanted, IReadOnlyList<string> said) => wanted.Count == 0 || wanted.Intersect(said).Any();
}
