using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Entitlements.Engine.Decisions;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// Scopes: the names of what a decision may depend on. A decision carries those it was made on, a write those it may have changed; where
/// they meet, what was decided before no longer counts. Naming too much costs a miss; naming too little would be a hole.
/// </summary>
internal static class Evidence
{
    /// <summary>Everything, everywhere.</summary>
    public const string Everything = "g";

    /// <summary>Everything in one tenant.</summary>
    public static string Tenant(string tenant) => $"t:{tenant}";

    /// <summary>An app, or another resource, in all tenants: itself, its releases, bars without a tenant.</summary>
    public static string App(string type, string id) => $"a:{type}/{id}";

    /// <summary>An app in one tenant: rules, assessment, guidance, adoption, bars there.</summary>
    public static string AppIn(string tenant, string type, string id) => $"n:{tenant}/{type}/{id}";

    /// <summary>The account: active, suspended, accepted guidance, accreditations.</summary>
    public static string Person(string tenant, string subject) => $"p:{tenant}/{subject}";

    /// <summary>Whether one person holds one role.</summary>
    public static string Holding(string tenant, string role, string subject) => $"h:{tenant}/{role}/{subject}";

    /// <summary>A role's policy.</summary>
    public static string Role(string tenant, string role) => $"r:{tenant}/{role}";

    public static string Device(string tenant, string device) => $"d:{tenant}/{device}";

    public static string Client(string issuer, string client) => $"c:{issuer} {client}";

    /// <summary>Which exercises run: clients of the forces that hold them may ask about those, too.</summary>
    public const string Exercises = "x";

    public static string Entitlement(string id) => $"e:{id}";

    /// <summary>What a decision about a guest depends on besides: their account and device at home, the assignments that lend them, and the rights at home that those rest on.</summary>
    /// <param name="lent">Roles of the asked tenant in which they are lent.</param>
    /// <param name="rights">Roles at home that these rest on.</param>
    public static string[] OfGuest(EvaluationRequest request, string home, IReadOnlyCollection<string> lent, IReadOnlyCollection<string> rights)
    {
        var (tenant, subject) = (request.Tenant, request.Subject.Id);
        return
        [
            Tenant(home),
            Person(home, subject),
            .. request.Context.Device is { } device ? [Device(home, device)] : Array.Empty<string>(),
            .. lent.Select(role => Role(tenant, role)),
            .. lent.Select(role => Holding(tenant, role, subject)),
            .. rights.Select(role => Role(home, role)),
            .. rights.Select(role => Holding(home, role, subject)),
        ];
    }

    /// <summary>First 64 bits of the name's SHA-256. Two names that share it cost a miss now and then, never a hole.</summary>
    public static ulong Fingerprint(string scope)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(scope), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    /// <summary>What the answer to <paramref name="request"/> depends on, where its rule names <paramref name="roles"/>.</summary>
    /// <param name="elsewhere">What it depends on besides, in the tenant that lends the subject.</param>
    /// <remarks>A conflicting role is not named: whoever assigns it names the holdings it conflicts with.</remarks>
    public static string[] Of(EvaluationRequest request, IReadOnlyList<string> roles, IReadOnlyList<string> elsewhere)
    {
        var (tenant, subject, resource) = (request.Tenant, request.Subject.Id, request.Resource);
        return
        [
            Everything,
            Tenant(tenant),
            App(resource.Type, resource.Id),
            AppIn(tenant, resource.Type, resource.Id),
            Person(tenant, subject),
            .. request.Context.Device is { } device ? [Device(tenant, device)] : Array.Empty<string>(),
            .. roles.Select(role => Role(tenant, role)),
            .. roles.Select(role => Holding(tenant, role, subject)),
            .. elsewhere,
        ];
    }
}
