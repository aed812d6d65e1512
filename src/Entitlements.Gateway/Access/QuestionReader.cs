using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Access;

/// <summary>What a body asks, once it is bound to its caller.</summary>
internal abstract record Question
{
    private Question() { }

    /// <param name="MayAsk">The caller may ask about this tenant; whether about this subject, the truth decides.</param>
    internal sealed record Asked(EvaluationRequest Request, bool MayAsk, Purpose Purpose) : Question;

    /// <summary>Cannot be asked.</summary>
    /// <param name="Errors">JSON pointer and what is wrong there.</param>
    internal sealed record Broken(IReadOnlyList<(string Pointer, string Error)> Errors) : Question;
}

/// <summary>From bodies to questions. The tenant and what may be claimed come from the caller, never from the body alone.</summary>
internal static class QuestionReader
{
    /// <summary>Property of a subject that names its provider, where that is not the tenant's own.</summary>
    private const string Issuer = "iss";

    /// <summary>An item of a batch. An entity it has replaces the default whole; only <c>type</c>, <c>id</c> or <c>name</c> it lacks comes from the default.</summary>
    /// <remarks>That fallback is what the AuthZEN certification asks for (Batch Properties, default value merging).</remarks>
    public static Question ReadItem(Caller caller, JsonElement item, EvaluationBody defaults)
    {
        var errors = JsonShape.Check(item, StrictJson.Options.GetTypeInfo(typeof(EvaluationBody)), JsonMode.Lenient);
        if (errors.Count > 0)
        {
            return new Question.Broken(errors);
        }
        var body = item.Deserialize<EvaluationBody>(StrictJson.Options)!;
        return Read(
            caller,
            new()
            {
                Subject = Or(body.Subject, defaults.Subject),
                Resource = Or(body.Resource, defaults.Resource),
                Action = ReferenceEquals(body.Action, ActionPart.Absent)
                    ? defaults.Action
                    : body.Action with
                    {
                        Name = Or(body.Action.Name, defaults.Action.Name),
                    },
                Context = ReferenceEquals(body.Context, ContextPart.Absent) ? defaults.Context : body.Context,
            }
        );
    }

    public static Question Read(Caller caller, EvaluationBody body)
    {
        var tenant = TenantOf(caller, body.Context.Tenant, out var mayAsk);
        if (tenant is null || !IsPlain(body))
        {
            var errors = FaultsOf(body).ToList();
            if (tenant is null)
            {
                errors.Add(("/context/tenant", "is required: the client is registered for several tenants"));
            }
            if (errors.Count > 0)
            {
                return new Question.Broken(errors);
            }
        }
        var request = new EvaluationRequest(
            tenant!,
            new(body.Subject.Type, body.Subject.Id, ClaimsOf(caller, tenant!, body.Subject)),
            new(body.Action.Name, Of(body.Action.Properties)),
            new(body.Resource.Type, body.Resource.Id, Of(body.Resource.Properties)),
            body.Context is { Device.Id: "", MinRevision: 0 }
                ? Context.None
                : new(body.Context.Device.Id is { Length: > 0 } device ? device : null, body.Context.MinRevision)
        );
        return new Question.Asked(request, mayAsk, body.Context.Purpose);
    }

    private static Properties Of(IReadOnlyDictionary<string, JsonElement> sent) => sent.Count == 0 ? Properties.None : new(sent);

    /// <summary>A person's own tenant, or one they name that they are lent to; a client's only one, else the one it names. Null where it would have to name one.</summary>
    private static string? TenantOf(Caller caller, string named, out bool mayAsk)
    {
        IReadOnlyList<string> tenants = caller switch
        {
            Caller.Person { Tenant: { } own, Hosts: var hosts } => [own, .. hosts],
            Caller.Client client => client.Tenants,
            _ => [],
        };
        var tenant =
            named.Length > 0 ? named
            : caller is Caller.Client && tenants.Count != 1 ? null
            : tenants.FirstOrDefault("");
        mayAsk = tenant is not null && (tenants.Contains(tenant) || caller.IsExercise(tenant));
        return tenant;
    }

    /// <summary>A store vouches for the people it asks about; a person vouches for nothing about themself, and is known by their own provider to whom they are lent.</summary>
    private static Properties ClaimsOf(Caller caller, string tenant, EntityPart subject)
    {
        if (caller is Caller.Person guest && guest.Hosts.Contains(tenant) && !subject.Properties.ContainsKey(Issuer))
        {
            return new(new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [Issuer] = JsonSerializer.SerializeToElement(guest.Issuer) });
        }
        if (subject.Properties.Count == 0)
        {
            return Properties.None;
        }
        var claims = subject.Properties.Where(p => caller is Caller.Client || p.Key == Issuer).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        if (caller.IsExercise(tenant) && claims.TryGetValue(Issuer, out var issuer))
        {
            claims[Issuer] = JsonSerializer.SerializeToElement(ExerciseNames.IssuerIn(tenant, issuer.GetString()!)); // callers name the provider that they know
        }
        return new(claims);
    }

    /// <summary>Nothing that <see cref="FaultsOf(EvaluationBody)"/> could object to: said without its lists.</summary>
    private static bool IsPlain(EvaluationBody body) =>
        body.Subject is { Type.Length: > 0, Id.Length: > 0, Properties.Count: 0 }
        && body.Action.Name.Length > 0
        && body.Resource is { Type.Length: > 0, Id.Length: > 0, Properties.Count: 0 };

    private static IEnumerable<(string, string)> FaultsOf(EvaluationBody body) =>
        [
            .. FaultsOf("/subject", ReferenceEquals(body.Subject, EntityPart.Absent), ("type", body.Subject.Type), ("id", body.Subject.Id)),
            .. FaultsOf("/action", ReferenceEquals(body.Action, ActionPart.Absent), ("name", body.Action.Name)),
            .. FaultsOf("/resource", ReferenceEquals(body.Resource, EntityPart.Absent), ("type", body.Resource.Type), ("id", body.Resource.Id)),
            .. TextFault("/subject", body.Subject, Issuer),
            .. body.Resource.Type == Resource.App
                ? [.. TextFault("/resource", body.Resource, "version"), .. TextFault("/resource", body.Resource, "platform")]
                : Array.Empty<(string, string)>(),
        ];

    private static IEnumerable<(string, string)> FaultsOf(string pointer, bool absent, params (string Member, string Value)[] members) =>
        absent ? [(pointer, "is required")] : members.Where(m => m.Value.Length == 0).Select(m => ($"{pointer}/{m.Member}", "is required and not empty"));

    /// <summary>Properties that we act on are text or absent: read as absent, a wrong type would ask about somebody or something else.</summary>
    private static IEnumerable<(string, string)> TextFault(string pointer, EntityPart part, string property) =>
        part.Properties.TryGetValue(property, out var value) && (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: > 0 })
            ? [($"{pointer}/properties/{property}", "must be a string and not empty")]
            : [];

    private static EntityPart Or(EntityPart part, EntityPart fallback) =>
        ReferenceEquals(part, EntityPart.Absent) ? fallback : part with { Type = Or(part.Type, fallback.Type), Id = Or(part.Id, fallback.Id) };

    private static string Or(string value, string fallback) => value.Length > 0 ? value : fallback;
}
