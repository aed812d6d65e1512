using System.Text.Json;

namespace Entitlements.Gateway.Access;

/// <summary>
/// Reads the question that stores send by the thousand, straight from its bytes: each member once, text without escapes, nothing nested but what we know.
/// Anything else, right or wrong, is null here, and read, or refused with every fault, by the general reader.
/// </summary>
/// <remarks>The general reader parses a document, compares it with the type and then binds it.</remarks>
internal static class PlainQuestion
{
    private static readonly string[] Common = ["user", "app", "download"];

    public static EvaluationBody? Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        try
        {
            return Begins(ref reader) && ReadQuestion(ref reader) is { } question && !reader.Read() ? question : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static EvaluationBody? ReadQuestion(ref Utf8JsonReader reader)
    {
        EntityPart? subject = null,
            resource = null;
        ActionPart? action = null;
        ContextPart? context = null;
        while (NextMember(ref reader))
        {
            var read =
                reader.ValueTextEquals("subject"u8) ? subject is null && (subject = ReadEntity(ref reader)) is not null
                : reader.ValueTextEquals("resource"u8) ? resource is null && (resource = ReadEntity(ref reader)) is not null
                : reader.ValueTextEquals("action"u8) ? action is null && (action = ReadAction(ref reader)) is not null
                : reader.ValueTextEquals("context"u8) && context is null && (context = ReadContext(ref reader)) is not null;
            if (!read)
            {
                return null;
            }
        }
        return IsEnd(ref reader) && subject is not null && resource is not null && action is not null
            ? new()
            {
                Subject = subject,
                Resource = resource,
                Action = action,
                Context = context ?? ContextPart.Absent,
            }
            : null;
    }

    private static EntityPart? ReadEntity(ref Utf8JsonReader reader)
    {
        string? type = null,
            id = null;
        var read = Begins(ref reader);
        while (read && NextMember(ref reader))
        {
            read = reader.ValueTextEquals("type"u8)
                ? type is null && (type = ReadText(ref reader)) is not null
                : reader.ValueTextEquals("id"u8) && id is null && (id = ReadText(ref reader)) is not null;
        }
        return read && IsEnd(ref reader) && type is not null && id is not null ? new() { Type = type, Id = id } : null;
    }

    private static ActionPart? ReadAction(ref Utf8JsonReader reader) => ReadSingle(ref reader, "name"u8) is { } name ? new() { Name = name } : null;

    /// <summary>The text of the only member.</summary>
    private static string? ReadSingle(ref Utf8JsonReader reader, ReadOnlySpan<byte> member) =>
        Begins(ref reader)
        && NextMember(ref reader)
        && reader.ValueTextEquals(member)
        && ReadText(ref reader) is { } text
        && !NextMember(ref reader)
        && IsEnd(ref reader)
            ? text
            : null;

    /// <remarks>One member that is the caller's own is let through, as <c>time</c> in the standard's examples; a second might be the same again.</remarks>
    private static ContextPart? ReadContext(ref Utf8JsonReader reader)
    {
        string? tenant = null,
            purpose = null;
        DevicePart? device = null;
        var others = 0;
        var read = Begins(ref reader);
        while (read && NextMember(ref reader))
        {
            if (reader.ValueTextEquals("tenant"u8))
            {
                read = tenant is null && (tenant = ReadText(ref reader)) is not null;
            }
            else if (reader.ValueTextEquals("purpose"u8))
            {
                read = purpose is null && (purpose = ReadText(ref reader)) is "attempt";
            }
            else if (reader.ValueTextEquals("device"u8))
            {
                read = device is null && (device = ReadDevice(ref reader)) is not null;
            }
            else
            {
                read =
                    ++others == 1
                    && !reader.ValueTextEquals("min_revision"u8)
                    && reader.Read()
                    && reader is { TokenType: JsonTokenType.String, ValueIsEscaped: false };
            }
        }
        return !read || !IsEnd(ref reader) ? null
            : tenant is null && device is null ? ContextPart.Absent
            : new() { Tenant = tenant ?? "", Device = device ?? DevicePart.Absent };
    }

    private static DevicePart? ReadDevice(ref Utf8JsonReader reader) => ReadSingle(ref reader, "id"u8) is { } id ? new() { Id = id } : null;

    private static bool Begins(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.StartObject;

    private static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader is { TokenType: JsonTokenType.PropertyName, ValueIsEscaped: false };

    private static bool IsEnd(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.EndObject;

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader is not { TokenType: JsonTokenType.String, ValueIsEscaped: false })
        {
            return null;
        }
        foreach (var word in Common)
        {
            if (reader.ValueTextEquals(word))
            {
                return word;
            }
        }
        return reader.GetString();
    }
}
