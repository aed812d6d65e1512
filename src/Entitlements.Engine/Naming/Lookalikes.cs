using System.Globalization;
using System.Text;

namespace Entitlements.Engine.Naming;

/// <summary>
/// The skeleton of an id or name: two that people could take for each other have the same one, so a unique skeleton keeps impostors out.
/// Skeletons are compared and stored, never shown, and never used to decide: decisions go by the id itself, byte for byte.
/// </summary>
/// <remarks>
/// Errs towards refusing: accents, case, spaces and punctuation are dropped. Covers Latin and what imitates it (styled letters, Cyrillic, Greek),
/// not every script. In the manner of UTS #39 §4, smaller.
/// </remarks>
public static class Lookalikes
{
    /// <summary>
    /// The skeleton of a valid id (<see cref="NameId.IsValid"/>): <c>.</c>, <c>-</c>, <c>_</c> gone; <c>0</c>/<c>o</c>, <c>1</c>/<c>l</c>/<c>i</c>,
    /// <c>rn</c>/<c>m</c>, <c>vv</c>/<c>w</c> folded.
    /// </summary>
    public static string SkeletonOfId(string id) => SkeletonOfName(id);

    /// <summary>The skeleton of a display name. Empty when nothing visible is left of it: refuse such a name.</summary>
    public static string SkeletonOfName(string name)
    {
        var letters = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            var lower = Rune.ToLowerInvariant(rune);
            if ((LookalikeTable.LooksLike(rune.Value) ?? LookalikeTable.LooksLike(lower.Value)) is { } alike) // Greek capitals look like other letters
            {
                letters.Append(WithoutPunctuation(alike));
            }
            else if (!IsUnseen(rune))
            {
                letters.Append(lower.ToString());
            }
        }
        return Fold(letters);
    }

    private static string Fold(StringBuilder letters) =>
        letters.Replace("0", "o").Replace("1", "l").Replace("i", "l").Replace("rn", "m").Replace("vv", "w").ToString();

    /// <remarks>A full-width form may stand for punctuation or for a capital.</remarks>
    private static string WithoutPunctuation(string alike) =>
        alike is [var one] && !char.IsAsciiLetterOrDigit(one)
            ? one == '|'
                ? "l"
                : ""
            : alike.ToLowerInvariant();

    /// <summary>White space, punctuation, marks on a letter, controls, and characters that show nothing (Default_Ignorable_Code_Point).</summary>
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse => true,
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => true,
            UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OtherPunctuation => true,
            UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation => true,
            UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation => true,
            _ => rune.Value
                is 0x034F
                    or 0x115F
                    or 0x1160
                    or 0x3164
                    or 0xFFA0
                    or (>= 0x2060 and <= 0x206F)
                    or (>= 0xFFF0 and <= 0xFFF8)
                    or (>= 0xE0000 and <= 0xE0FFF),
        };
}
