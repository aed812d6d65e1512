using System.Globalization;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Portal.Api;
using Microsoft.Extensions.Primitives;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary>What stands in a page's fields, and what is wrong there. A field is named as the API's JSON pointer names its member, without the first slash.</summary>
internal sealed class Form
{
    /// <summary>Hidden field: the Idempotency-Key, so that a form sent twice acts once.</summary>
    public const string KeyField = "_key";

    /// <summary>Hidden field: the ETag that was seen, so that a page that is old by now changes nothing.</summary>
    public const string VersionField = "_version";

    private readonly Dictionary<string, StringValues> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);
    private readonly List<(string Field, string Error)> _shown = [];

    public static Form Of(IFormCollection sent)
    {
        var form = new Form();
        foreach (var (field, values) in sent)
        {
            form.Put(field, values);
        }
        return form;
    }

    /// <summary>What was typed, trimmed; empty where nothing was.</summary>
    public string this[string field] => _values.TryGetValue(field, out var given) ? given.ToString().Trim() : "";

    /// <summary>What was typed, or null where nothing was.</summary>
    public string? Or(string field) => this[field] is { Length: > 0 } given ? given : null;

    /// <summary>Every box that was ticked.</summary>
    public IReadOnlyList<string> All(string field) => _values.TryGetValue(field, out var given) ? [.. given.OfType<string>().Where(v => v.Length > 0)] : [];

    /// <summary>A date of three fields, <c>field.day</c>, <c>.month</c>, <c>.year</c>; null where it is none.</summary>
    public DateOnly? Date(string field) =>
        DateOnly.TryParseExact(
            $"{this[field + ".year"]}-{this[field + ".month"]}-{this[field + ".day"]}",
            "yyyy-M-d",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var date
        )
            ? date
            : null;

    /// <summary>A time of day, 18:00, 6pm or 6:30pm; null where it is none.</summary>
    public TimeOnly? Time(string field) =>
        TimeOnly.TryParseExact(
            this[field].Replace(" ", "", StringComparison.Ordinal),
            ["H:mm", "H.mm", "HHmm", "h:mmtt", "h.mmtt", "htt"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var time
        )
            ? time
            : null;

    public bool IsEmpty(string field) => All(field).All(string.IsNullOrWhiteSpace);

    public IEnumerable<KeyValuePair<string, StringValues>> Values =>
        _values.Where(v => v.Key is not (KeyField or VersionField or "__RequestVerificationToken"));

    public string? Key => Or(KeyField);
    public string? Version => Or(VersionField);

    /// <summary>The API's refusal as a whole, where it names no field.</summary>
    public ApiProblem? Refusal { get; private set; }

    /// <summary>What the fields of the page have said to be wrong, in their order, and what no field of the page has taken.</summary>
    public IReadOnlyList<(string? Field, string Error)> Summary =>
        [
            .. _shown.Select(s => ((string?)s.Field, s.Error)),
            .. _errors.Where(e => !_shown.Exists(s => s.Field == e.Key)).Select(e => ((string?)null, e.Value)),
        ];

    public bool HasErrors => _errors.Count > 0 || Refusal is not null;

    public void Put(string field, StringValues values) => _values[field] = values;

    /// <summary>What stands in a field before anybody has typed.</summary>
    public void Suggest(string field, StringValues values) => _values.TryAdd(field, values);

    /// <summary>Something is wrong with a field.</summary>
    public void Fault(string field, string error) => _errors.TryAdd(field, error);

    /// <summary>What the API said is wrong, by field; the rest as a whole.</summary>
    public void Refuse(ApiProblem problem)
    {
        foreach (var (pointer, errors) in problem.Errors ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            Fault(pointer.TrimStart('/'), string.Join("; ", errors));
        }
        Refusal = _errors.Count > 0 ? null : problem;
    }

    /// <summary>For a field that shows its own error: what to say there, or null.</summary>
    /// <param name="empty">What to say where nothing was typed.</param>
    /// <param name="wrong">What to say where something else is wrong; null: as the API says it.</param>
    public string? Show(string field, string? empty, string? wrong, bool isEmpty)
    {
        if (_errors.FirstOrDefault(e => e.Key == field || e.Key.StartsWith(field + "/", StringComparison.Ordinal)).Value is not { } error)
        {
            return null;
        }
        var said = isEmpty && empty is not null ? empty : wrong ?? error;
        _shown.Add((field, said));
        return said;
    }

    /// <summary>The id of the element that holds a field.</summary>
    public static string IdOf(string field) => "f-" + string.Concat(field.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    public static string NewKey() => RandomIds.New();
}
