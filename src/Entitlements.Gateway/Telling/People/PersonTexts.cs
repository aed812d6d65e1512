namespace Entitlements.Gateway.Telling.People;

/// <summary>Everything that is ever said to a person outside the product: a sentence in English and in Welsh, and where to look. Never a name, an app or a role.</summary>
/// <param name="Path">Where to look, below <c>PublicUrl</c>.</param>
internal sealed record PersonText(string En, string Cy, string Path)
{
    /// <summary>Kind of the one message a day that stands for several.</summary>
    public const string Digest = "digest";

    public static PersonText Of(string kind) =>
        kind switch
        {
            nameof(PersonMessage.Decision) => new("You have a decision to make.", "Mae gennych benderfyniad i'w wneud.", "/inbox"),
            nameof(PersonMessage.Review) => new("You have a review to do.", "Mae gennych adolygiad i'w wneud.", "/inbox"),
            nameof(PersonMessage.Answer) => new("There is an answer to your request.", "Mae ateb i'ch cais.", "/requests"),
            nameof(PersonMessage.Ending) => new(
                "Something you hold or look after ends soon.",
                "Mae rhywbeth sydd gennych neu dan eich gofal yn dod i ben cyn hir.",
                "/requests"
            ),
            Digest => new("You have decisions or reviews waiting.", "Mae gennych benderfyniadau neu adolygiadau yn aros.", "/inbox"),
            _ => new("Something happened that you should look at.", "Mae rhywbeth wedi digwydd y dylech edrych arno.", "/inbox"),
        };
}
