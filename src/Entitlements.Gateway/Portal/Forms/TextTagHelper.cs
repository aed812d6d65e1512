using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary><c>portal-text</c>: one line, or several with <c>rows</c>.</summary>
[HtmlTargetElement("portal-text", TagStructure = TagStructure.WithoutEndTag)]
public sealed class TextTagHelper : FieldTagHelper
{
    /// <summary>2, 3, 4, 5, 10, 20 or 30 characters wide; left out: as wide as there is room.</summary>
    public int? Width { get; set; }

    /// <summary>Lines; left out: one.</summary>
    public int? Rows { get; set; }

    /// <summary>Longest text, in characters, counted under the field; nothing is cut off.</summary>
    public int? Longest { get; set; }

    public string Type { get; set; } = "text";
    public string? Inputmode { get; set; }
    public string? Autocomplete { get; set; }
    public bool Spellcheck { get; set; }

    private protected override Task DrawAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.Content.AppendHtml(LabelTag());
        foreach (var tag in HintAndError())
        {
            output.Content.AppendHtml(tag);
        }
        output.Content.AppendHtml(Rows is null ? Line() : Lines());
        if (Longest is { } longest)
        {
            output.Attributes.SetAttribute("class", $"{output.Attributes["class"].Value} govuk-character-count");
            output.Attributes.SetAttribute("data-module", "govuk-character-count");
            output.Attributes.SetAttribute("data-maxlength", Invariant(longest));
            foreach (var (key, text) in CountedWords())
            {
                output.Attributes.SetAttribute($"data-i18n.{key}", text);
            }
            var info = new TagBuilder("div");
            info.AddCssClass("govuk-hint govuk-character-count__message");
            info.Attributes["id"] = $"{Id}-info";
            info.InnerHtml.Append(Page.L[$"You can enter up to {longest} characters", $"Gallwch roi hyd at {longest} o nodau"]);
            output.Content.AppendHtml(info);
        }
        return Task.CompletedTask;
    }

    private IEnumerable<(string, string)> CountedWords()
    {
        var l = Page.L;
        yield return ("characters-under-limit.one", l["You have %{count} character remaining", "Mae gennych %{count} nod ar ôl"]);
        yield return ("characters-under-limit.other", l["You have %{count} characters remaining", "Mae gennych %{count} nod ar ôl"]);
        yield return ("characters-at-limit", l["You have 0 characters remaining", "Mae gennych 0 nod ar ôl"]);
        yield return ("characters-over-limit.one", l["You have %{count} character too many", "Mae gennych %{count} nod yn ormod"]);
        yield return ("characters-over-limit.other", l["You have %{count} characters too many", "Mae gennych %{count} nod yn ormod"]);
    }

    private TagBuilder Line()
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        Describe(input, "govuk-input");
        if (Width is { } width)
        {
            input.AddCssClass($"govuk-input--width-{Invariant(width)}");
        }
        input.Attributes["type"] = Type;
        input.Attributes["value"] = Form[Name];
        return input;
    }

    private TagBuilder Lines()
    {
        var area = new TagBuilder("textarea");
        Describe(area, "govuk-textarea");
        if (Longest is not null)
        {
            area.AddCssClass("govuk-js-character-count");
        }
        area.Attributes["rows"] = Invariant(Rows!.Value);
        area.InnerHtml.Append("\n" + Form[Name]); // a browser drops the first line break
        return area;
    }

    private void Describe(TagBuilder control, string css)
    {
        control.AddCssClass(Error is null ? css : $"{css} {css}--error");
        control.Attributes["id"] = Id;
        control.Attributes["name"] = Name;
        if (DescribedBy is { } ids)
        {
            control.Attributes["aria-describedby"] = ids;
        }
        if (Inputmode is not null)
        {
            control.Attributes["inputmode"] = Inputmode;
        }
        if (Autocomplete is not null)
        {
            control.Attributes["autocomplete"] = Autocomplete;
        }
        if (!Spellcheck && Rows is null)
        {
            control.Attributes["spellcheck"] = "false";
        }
    }
}
