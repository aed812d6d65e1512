using System.Buffers;
using System.Text.Json;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;

namespace Entitlements.Gateway.Access;

/// <summary>Writes <see cref="EvaluationAnswer"/> without making one: the same bytes, with their length, in one piece.</summary>
/// <remarks>The serializer needs the answer as objects first, and sends it in chunks.</remarks>
internal static class JudgedAnswer
{
    public static readonly JsonWriterOptions Options = new() { Encoder = StrictJson.Options.Encoder, SkipValidation = true };

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? _kept;

    public static void Send(HttpResponse response, Evaluation.Judged judged, Caller caller)
    {
        var (buffer, json) = _kept ??= New();
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        Write(json, judged, caller);
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = buffer.WrittenCount;
        response.BodyWriter.Write(buffer.WrittenSpan); // the server sends it when the request ends
    }

    public static void Write(Utf8JsonWriter json, Evaluation.Judged judged, Caller caller)
    {
        var deny = judged.Decision as Decision.Deny;
        json.WriteStartObject();
        json.WriteBoolean("decision"u8, deny is null);
        json.WriteStartObject("context"u8);
        json.WriteString("evaluation_id"u8, judged.Id);
        json.WriteString("evaluated_at"u8, judged.At.UtcDateTime);
        json.WriteNumber("revision"u8, judged.Revision);
        if (caller.IsExercise(judged.Asked.Request.Tenant))
        {
            json.WriteBoolean("exercise"u8, true);
        }
        WriteUntil(json, EvaluationContext.UntilOf(judged.Decision));
        json.WriteStartArray("reasons"u8);
        if (deny is not null)
        {
            WriteReasons(json, deny.Reasons, tellAll: caller is not Caller.Person);
        }
        json.WriteEndArray();
        if (deny is not null)
        {
            json.WritePropertyName("reason_user"u8);
            json.WriteRawValue(ReasonWords.JsonOf(deny.Reasons.Headline), skipInputValidation: true);
        }
        if (judged.Approval is { } note)
        {
            WriteNote(json, note);
        }
        if (judged.Offer is { } offer)
        {
            json.WriteStartObject("access_request"u8);
            json.WriteString("endpoint"u8, offer.Endpoint);
            json.WriteString("expires_at"u8, offer.ExpiresAt.UtcDateTime);
            json.WriteString("binding_token"u8, offer.BindingToken);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush(); // into memory
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) New()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new(buffer, Options));
    }

    private static void WriteUntil(Utf8JsonWriter json, DateTimeOffset? until)
    {
        if (until is { } instant)
        {
            json.WriteString("valid_until"u8, instant.UtcDateTime);
        }
        else
        {
            json.WriteNull("valid_until"u8);
        }
    }

    private static void WriteNote(Utf8JsonWriter json, ApprovalNote note)
    {
        json.WriteString("reason"u8, note.Reason);
        json.WriteString("next_action"u8, note.NextAction);
        if (note.RetryAfter is { } seconds)
        {
            json.WriteNumber("retry_after"u8, seconds);
        }
    }

    private static void WriteReasons(Utf8JsonWriter json, DenyReasons reasons, bool tellAll)
    {
        for (var left = reasons; !left.IsEmpty; left = tellAll ? left.Rest() : default)
        {
            json.WriteStartObject();
            json.WriteString("code"u8, left.Headline.Code);
            json.WriteEndObject();
        }
    }
}
