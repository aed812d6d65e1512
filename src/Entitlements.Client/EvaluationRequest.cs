using System.Text.Json.Serialization;

namespace Entitlements.Client;

/// <summary>May this subject do this to this resource? (AuthZEN Authorization API 1.0 §6)</summary>
/// <param name="Subject">Who.</param>
/// <param name="Action">Does what.</param>
/// <param name="Resource">To what.</param>
/// <param name="Context">Under which circumstances.</param>
public sealed record EvaluationRequest(
    [property: JsonPropertyName("subject")] Entity Subject,
    [property: JsonPropertyName("action")] ActionName Action,
    [property: JsonPropertyName("resource")] Entity Resource,
    [property: JsonPropertyName("context"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EvaluationContext? Context = null
)
{
    /// <summary>Asks whether a person may download an app.</summary>
    /// <param name="subject">The person's id, as their provider names them.</param>
    /// <param name="app">The app's id.</param>
    /// <param name="device">The device it is for, where the rule asks for one.</param>
    /// <param name="tenant">The tenant, for a client that serves several.</param>
    public static EvaluationRequest Download(string subject, string app, string? device = null, string? tenant = null) =>
        new(
            new Entity("user", subject),
            new ActionName("download"),
            new Entity("app", app),
            device is null && tenant is null ? null : new EvaluationContext(device is null ? null : new DeviceName(device), tenant)
        );
}

/// <summary>A subject or a resource.</summary>
/// <param name="Type">Such as <c>user</c> or <c>app</c>.</param>
/// <param name="Id">Compared byte for byte.</param>
public sealed record Entity([property: JsonPropertyName("type")] string Type, [property: JsonPropertyName("id")] string Id);

/// <summary>An action.</summary>
/// <param name="Name">Such as <c>download</c>.</param>
public sealed record ActionName([property: JsonPropertyName("name")] string Name);

/// <summary>Circumstances of an evaluation.</summary>
/// <param name="Device">The device it is for.</param>
/// <param name="Tenant">The tenant, for a client that serves several.</param>
/// <param name="MinRevision">The answer must know of this revision.</param>
/// <param name="Purpose"><c>attempt</c> (default) or <c>listing</c>.</param>
public sealed record EvaluationContext(
    [property: JsonPropertyName("device"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DeviceName? Device = null,
    [property: JsonPropertyName("tenant"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Tenant = null,
    [property: JsonPropertyName("min_revision"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? MinRevision = null,
    [property: JsonPropertyName("purpose"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Purpose = null
);

/// <summary>A device by its id.</summary>
/// <param name="Id">Compared byte for byte.</param>
public sealed record DeviceName([property: JsonPropertyName("id")] string Id);

[JsonSerializable(typeof(EvaluationRequest))]
[JsonSerializable(typeof(EvaluationsRequest))]
[JsonSerializable(typeof(IssueRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;

internal sealed record EvaluationsRequest([property: JsonPropertyName("evaluations")] IReadOnlyList<EvaluationRequest> Evaluations);

internal sealed record IssueRequest(
    [property: JsonPropertyName("subject")] Entity Subject,
    [property: JsonPropertyName("action")] ActionName Action,
    [property: JsonPropertyName("resource")] Entity Resource,
    [property: JsonPropertyName("context"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EvaluationContext? Context,
    [property: JsonPropertyName("subject_token"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SubjectToken
);
