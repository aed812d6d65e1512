using System.Globalization;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Portal.Forms;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The questions of a guidance text in a form's fields, each named as the API's JSON pointer names it. What is left empty is left out.</summary>
internal static class GuidanceForm
{
    /// <summary>Hidden field: how many questions the form has.</summary>
    public const string CountField = "count";

    /// <summary>Answers that are offered to be filled in.</summary>
    private const int Offered = 4;
    private const int MostChoices = 8;
    private const int MostQuestions = 20;

    public static int Count(Form form) =>
        int.TryParse(form[CountField], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? Math.Min(n, MostQuestions) : 0;

    /// <summary>Fields for answers of a question: a free one more than it has, where it may have more.</summary>
    public static int Choices(Form form, int question) =>
        Math.Clamp(Enumerable.Range(0, MostChoices).LastOrDefault(c => !IsEmpty(form, $"{At(question)}/choices/{Text(c)}"), -1) + 2, Offered, MostChoices);

    public static string At(int question) => $"questions/{Text(question)}";

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What was typed. Its fields are put in order, so that what the API says of the third question stands at the third.</summary>
    public static IReadOnlyList<GuidanceQuestion> Read(Form form)
    {
        var questions = Enumerable.Range(0, Count(form)).Select(q => ReadOne(form, At(q))).OfType<GuidanceQuestion>().ToList();
        Write(form, questions);
        return questions;
    }

    /// <summary>Puts questions into the fields.</summary>
    public static void Write(Form form, IReadOnlyList<GuidanceQuestion> questions)
    {
        form.Put(CountField, Text(questions.Count));
        foreach (var (i, question) in questions.Index())
        {
            Put(At(i), question.En, question.Cy);
            form.Put($"{At(i)}/right", question.Right > 0 ? Text(question.Right) : "");
            for (var c = 0; c < MostChoices; c++)
            {
                var choice = c < question.Choices.Count ? question.Choices[c] : null;
                Put($"{At(i)}/choices/{Text(c)}", choice?.En, choice?.Cy);
            }
        }

        void Put(string at, string? en, string? cy)
        {
            form.Put($"{at}/en", en ?? "");
            form.Put($"{at}/cy", cy ?? "");
        }
    }

    /// <summary>Null where nothing was typed.</summary>
    private static GuidanceQuestion? ReadOne(Form form, string at)
    {
        var typed = Enumerable.Range(0, MostChoices).Where(c => !IsEmpty(form, $"{at}/choices/{Text(c)}")).ToList();
        return typed.Count == 0 && IsEmpty(form, at)
            ? null
            : new()
            {
                En = Line(form, $"{at}/en"),
                Cy = Line(form, $"{at}/cy"),
                Choices =
                [
                    .. typed.Select(c => new GuidanceChoice { En = Line(form, $"{at}/choices/{Text(c)}/en"), Cy = Line(form, $"{at}/choices/{Text(c)}/cy") }),
                ],
                Right = int.TryParse(form[$"{at}/right"], NumberStyles.None, CultureInfo.InvariantCulture, out var right) ? typed.IndexOf(right - 1) + 1 : 0,
            };
    }

    private static bool IsEmpty(Form form, string at) => form.IsEmpty($"{at}/en") && form.IsEmpty($"{at}/cy");

    private static string Line(Form form, string field) => form[field].ReplaceLineEndings(" ");
}
