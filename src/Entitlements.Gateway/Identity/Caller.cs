namespace Entitlements.Gateway.Identity;

/// <summary>An administrative function: a role like any other, held in a tenant (or, for the platform, in <c>platform</c>).</summary>
internal static class Function
{
    public const string PlatformAdmin = "platform-admin";
    public const string RoleAdmin = "role-admin";
    public const string AppOwner = "app-owner";
    public const string Approver = "approver";
    public const string DataProtectionOfficer = "data-protection-officer";
    public const string Auditor = "auditor";
    public const string ServiceDesk = "service-desk";

    /// <summary>Those made with every tenant.</summary>
    public static IReadOnlyList<string> OfTenant { get; } = [RoleAdmin, AppOwner, Approver, DataProtectionOfficer, Auditor, ServiceDesk];
}

/// <summary>Who is calling, as this product's own records say; resolved once per request.</summary>
internal abstract record Caller
{
    private Caller(IReadOnlySet<string> functions) => Functions = functions;

    /// <summary>Lets a handler take the resolved caller as a parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.Features.Get<Caller>());

    /// <summary>Names the caller for good in audit, idempotency and limits: kind, issuer and id; a person and a client of the same issuer and id differ.</summary>
    public abstract string Key { get; }

    /// <summary>Functions held now, as <c>tenant/function</c>.</summary>
    public IReadOnlySet<string> Functions { get; }

    /// <summary>The human behind the call, whom four eyes compare; null: may neither propose nor vote.</summary>
    public abstract string? HumanId { get; }

    /// <summary>True when the caller holds <paramref name="function"/> in <paramref name="tenant"/> now.</summary>
    public bool Holds(string function, string tenant) => Functions.Contains($"{tenant}/{function}");

    /// <summary>True where <paramref name="tenant"/> is a running exercise that the caller is in, or may ask about.</summary>
    public abstract bool IsExercise(string tenant);

    /// <summary>True when the caller is a platform administrator now.</summary>
    public bool IsPlatformAdmin => Holds(Function.PlatformAdmin, Assignments.TenantRow.Platform);

    /// <summary>A person, known to a tenant or (a bootstrap administrator) to the settings only.</summary>
    internal sealed record Person(string Issuer, string Subject, string? Tenant, long? SubjectKey, string? HumanId, IReadOnlySet<string> Functions)
        : Caller(Functions)
    {
        public override string Key => $"person:{Issuer}|{Subject}";

        /// <summary>Other tenants that they are lent to, now or later: there they ask about themself, and have no function.</summary>
        public IReadOnlyList<string> Hosts { get; init; } = [];

        /// <summary>What this request's token tells of their sign-in.</summary>
        public SignIn SignIn { get; init; } = SignIn.Unknown;

        /// <summary>The exercise in which they act: they are their copy there, and nobody else in this request. Null: they act in earnest.</summary>
        public string? Exercise { get; init; }
        public override string? HumanId { get; } = HumanId;

        public override bool IsExercise(string tenant) => Exercise is { } own && own == tenant;
    }

    /// <summary>A registered client.</summary>
    /// <param name="Scopes">Allowed by both the token and the registration.</param>
    /// <param name="Tenants">The tenants it is registered for.</param>
    internal sealed record Client(
        string Issuer,
        string ClientId,
        IReadOnlySet<string> Scopes,
        IReadOnlyList<string> Tenants,
        string? HumanId,
        IReadOnlySet<string> Functions
    ) : Caller(Functions)
    {
        public override string Key => $"client:{Issuer}|{ClientId}";
        public override string? HumanId { get; } = HumanId;

        /// <summary>Running exercises of those tenants, with their ends: it may ask about them by name.</summary>
        public IReadOnlyDictionary<string, DateTimeOffset> Exercises { get; init; } = System.Collections.Frozen.FrozenDictionary<string, DateTimeOffset>.Empty;

        public override bool IsExercise(string tenant) => Exercises.ContainsKey(tenant);
    }

    /// <summary>The product itself: loading a seed, tidying.</summary>
    internal sealed record Machine() : Caller(System.Collections.Frozen.FrozenSet<string>.Empty)
    {
        public override string Key => "machine:entitlements";
        public override string? HumanId => null;

        public override bool IsExercise(string tenant) => false;
    }
}
