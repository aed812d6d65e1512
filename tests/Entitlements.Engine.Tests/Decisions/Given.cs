using System.Text.Json;
using Entitlements.Engine.Decisions;
using Action = Entitlements.Engine.Decisions.Action;

namespace Entitlements.Engine.Tests.Decisions;

/// <summary>A person to whom nothing stands in the way; each test takes one thing away.</summary>
internal static class Given
{
    internal static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    internal static readonly EvaluationRequest Download = new(
        "northvale",
        new Subject("user", "northvale-0001", Properties.None),
        new Action(Action.Download, Properties.None),
        new Resource(Resource.App, "call-recorder", Properties.None),
        new Context(Device: "northvale-phone-0001")
    );

    internal static readonly ResourceFacts Recorder = new()
    {
        Adopted = true,
        ActionKnown = true,
        Release = new(Published: true, Bars.None),
    };

    internal static readonly DeviceFacts Phone = new(
        DeviceKind.Personal,
        BelongsToSubject: true,
        BookedToSubject: false,
        Managed: true,
        DateTimeOffset.MaxValue
    );

    internal static readonly RuleFacts Negotiators = new(["negotiator"], DeviceCondition.Known, []);

    internal static readonly Facts Everything = new()
    {
        CallerMayAsk = true,
        Subject = new(Active: true, Suspended: false),
        Resource = Recorder,
        Rule = Negotiators,
        Held = [Held(1, "negotiator")],
        Device = Phone,
    };

    internal static HeldRole Held(
        long id,
        string role,
        DateTimeOffset? from = null,
        DateTimeOffset? until = null,
        bool suspended = false,
        params string[] conflicts
    ) => new(id, role, from ?? DateTimeOffset.MinValue, until ?? DateTimeOffset.MaxValue, suspended, [.. conflicts]);

    internal static JsonElement Json(string text) => JsonElement.Parse(text);

    internal static Properties Sent(string json) =>
        new(JsonElement.Parse(json).EnumerateObject().ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal));

    internal static DenyReason[] Reasons(Facts facts, EvaluationRequest? request = null, DateTimeOffset? at = null) =>
        Evaluator.Evaluate(request ?? Download, facts, at ?? Noon) is Decision.Deny deny ? [.. deny.Reasons.InOrder()] : [];

    internal static bool Allows(Facts facts, EvaluationRequest? request = null, DateTimeOffset? at = null) =>
        Evaluator.Evaluate(request ?? Download, facts, at ?? Noon) is Decision.Allow;

    internal static DateTimeOffset Until(Facts facts, DateTimeOffset? at = null) => Evaluator.Evaluate(Download, facts, at ?? Noon).HoldsUntil;
}
