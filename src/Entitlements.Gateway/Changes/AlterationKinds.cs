using System.Text.Json;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Changes;

/// <summary>One alteration type and the name it is kept under for good.</summary>
internal sealed record AlterationKind(string Kind, Type Type);

/// <summary>The alterations that the slices registered, by kind.</summary>
internal sealed class AlterationKinds(IEnumerable<AlterationKind> kinds)
{
    private readonly Dictionary<string, Type> _types = kinds.ToDictionary(k => k.Kind, k => k.Type);
    private readonly Dictionary<Type, string> _kinds = kinds.ToDictionary(k => k.Type, k => k.Kind);

    public string KindOf(Alteration alteration) => _kinds[alteration.GetType()];

    public Alteration Read(ChangeRow change) =>
        (Alteration?)JsonSerializer.Deserialize(change.Alteration, _types[change.Kind], StoredJson.Options)
        ?? throw new JsonException($"Change {change.Id} holds no alteration.");
}

internal static class AlterationKindsSetup
{
    /// <summary>Registers <typeparamref name="T"/> under <paramref name="kind"/>; a kind is never renamed.</summary>
    public static void AddAlteration<T>(this IServiceCollection services, string kind)
        where T : Alteration => services.AddSingleton(new AlterationKind(kind, typeof(T)));
}
