using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary>One question of a form as the design system draws it: label, hint, error, control.</summary>
/// <remarks>What stands in it and what is wrong with it the page's <see cref="Form"/> says, by its name.</remarks>
public abstract class FieldTagHelper : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>The member of the API's body that it fills.</summary>
    public required string Name { get; set; }

    /// <summary>The question.</summary>
    public required string Label { get; set; }
    public string? Hint { get; set; }

    /// <summary>What to say where nothing was typed and something must be.</summary>
    public string? Empty { get; set; }

    /// <summary>What to say where something else is wrong; left out: as the API says it.</summary>
    public string? Wrong { get; set; }

    /// <summary><c>s</c>, <c>m</c>, <c>l</c> or <c>xl</c>; <c>xl</c> is the heading of a page with one question. Left out: plain.</summary>
    public string? Size { get; set; }

    private protected PortalPage Page => (PortalPage)ViewContext.ViewData.Model!;
    private protected Form Form => Page.Form;
    private protected string Id => Form.IdOf(Name);
    private protected string? Error { get; private set; }

    /// <summary>Ids of what describes the control.</summary>
    private protected string? DescribedBy =>
        string.Join(' ', new[] { Hint is null ? null : $"{Id}-hint", Error is null ? null : $"{Id}-error" }.OfType<string>()) is { Length: > 0 } ids
            ? ids
            : null;

    /// <summary>True where nothing was typed.</summary>
    private protected virtual bool IsEmpty => Form.IsEmpty(Name);

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        Error = Form.Show(Name, Empty, Wrong, IsEmpty);
        (output.TagName, output.TagMode) = ("div", TagMode.StartTagAndEndTag);
        output.Attributes.SetAttribute("class", Error is null ? "govuk-form-group" : "govuk-form-group govuk-form-group--error");
        await DrawAsync(context, output);
    }

    private protected abstract Task DrawAsync(TagHelperContext context, TagHelperOutput output);

    private protected TagBuilder LabelTag()
    {
        var label = new TagBuilder("label");
        label.AddCssClass(Size is null ? "govuk-label" : $"govuk-label govuk-label--{Size}");
        label.Attributes["for"] = Id;
        label.InnerHtml.Append(Label);
        return Size == "xl" ? Wrap("h1", "govuk-label-wrapper", label) : label;
    }

    private protected (TagBuilder Fieldset, TagBuilder Legend) FieldsetTag()
    {
        var fieldset = new TagBuilder("fieldset");
        fieldset.AddCssClass("govuk-fieldset");
        if (DescribedBy is { } ids)
        {
            fieldset.Attributes["aria-describedby"] = ids;
        }
        var legend = new TagBuilder("legend");
        legend.AddCssClass($"govuk-fieldset__legend govuk-fieldset__legend--{Size ?? "s"}");
        if (Size == "xl")
        {
            var heading = new TagBuilder("h1");
            heading.AddCssClass("govuk-fieldset__heading");
            heading.InnerHtml.Append(Label);
            legend.InnerHtml.AppendHtml(heading);
        }
        else
        {
            legend.InnerHtml.Append(Label);
        }
        fieldset.InnerHtml.AppendHtml(legend);
        AppendHintAndError(fieldset);
        return (fieldset, legend);
    }

    private protected void AppendHintAndError(TagBuilder to)
    {
        foreach (var tag in HintAndError())
        {
            to.InnerHtml.AppendHtml(tag);
        }
    }

    private protected IEnumerable<TagBuilder> HintAndError()
    {
        if (Hint is not null)
        {
            var hint = new TagBuilder("div");
            hint.AddCssClass("govuk-hint");
            hint.Attributes["id"] = $"{Id}-hint";
            hint.InnerHtml.Append(Hint);
            yield return hint;
        }
        if (Error is not null)
        {
            var error = new TagBuilder("p");
            error.AddCssClass("govuk-error-message");
            error.Attributes["id"] = $"{Id}-error";
            var prefix = new TagBuilder("span");
            prefix.AddCssClass("govuk-visually-hidden");
            prefix.InnerHtml.Append(Page.L["Error:", "Gwall:"]);
            error.InnerHtml.AppendHtml(prefix).Append(" " + Error);
            yield return error;
        }
    }

    private protected static TagBuilder Wrap(string tag, string css, TagBuilder inner)
    {
        var outer = new TagBuilder(tag);
        outer.AddCssClass(css);
        outer.InnerHtml.AppendHtml(inner);
        return outer;
    }

    private protected static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}

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

/// <summary><c>portal-select</c>: one of a long list.</summary>
[HtmlTargetElement("portal-select", TagStructure = TagStructure.WithoutEndTag)]
public sealed class SelectTagHelper : FieldTagHelper
{
    /// <summary>Value and text of each, in order.</summary>
    public required IEnumerable<(string Value, string Text)> Options { get; set; }

    private protected override Task DrawAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.Content.AppendHtml(LabelTag());
        foreach (var tag in HintAndError())
        {
            output.Content.AppendHtml(tag);
        }
        var select = new TagBuilder("select");
        select.AddCssClass(Error is null ? "govuk-select" : "govuk-select govuk-select--error");
        (select.Attributes["id"], select.Attributes["name"]) = (Id, Name);
        if (DescribedBy is { } ids)
        {
            select.Attributes["aria-describedby"] = ids;
        }
        foreach (var (value, text) in Options)
        {
            var option = new TagBuilder("option");
            option.Attributes["value"] = value;
            if (value == Form[Name])
            {
                option.Attributes["selected"] = "selected";
            }
            option.InnerHtml.Append(text);
            select.InnerHtml.AppendHtml(option);
        }
        output.Content.AppendHtml(select);
        return Task.CompletedTask;
    }
}

/// <summary><c>portal-date</c>: day, month and year in three fields.</summary>
[HtmlTargetElement("portal-date", TagStructure = TagStructure.WithoutEndTag)]
public sealed class DateTagHelper : FieldTagHelper
{
    private protected override bool IsEmpty => Form.IsEmpty(Name + ".day") && Form.IsEmpty(Name + ".month") && Form.IsEmpty(Name + ".year");

    private protected override Task DrawAsync(TagHelperContext context, TagHelperOutput output)
    {
        var (fieldset, _) = FieldsetTag();
        fieldset.Attributes["role"] = "group";
        var parts = new TagBuilder("div");
        parts.AddCssClass("govuk-date-input");
        parts.Attributes["id"] = Id;
        var l = Page.L;
        foreach (var (part, label, width) in new[] { ("day", l["Day", "Diwrnod"], 2), ("month", l["Month", "Mis"], 2), ("year", l["Year", "Blwyddyn"], 4) })
        {
            parts.InnerHtml.AppendHtml(Part(part, label, width));
        }
        fieldset.InnerHtml.AppendHtml(parts);
        output.Content.AppendHtml(fieldset);
        return Task.CompletedTask;
    }

    private TagBuilder Part(string part, string text, int width)
    {
        var id = Form.IdOf($"{Name}.{part}");
        var label = new TagBuilder("label");
        label.AddCssClass("govuk-label govuk-date-input__label");
        label.Attributes["for"] = id;
        label.InnerHtml.Append(text);
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.AddCssClass($"govuk-input govuk-date-input__input govuk-input--width-{Invariant(width)}{(Error is null ? "" : " govuk-input--error")}");
        (input.Attributes["id"], input.Attributes["name"], input.Attributes["type"]) = (id, $"{Name}.{part}", "text");
        (input.Attributes["inputmode"], input.Attributes["value"]) = ("numeric", Form[$"{Name}.{part}"]);
        var group = Wrap("div", "govuk-form-group", label);
        group.InnerHtml.AppendHtml(input);
        return Wrap("div", "govuk-date-input__item", group);
    }
}

/// <summary><c>portal-file</c>: a file from the device.</summary>
[HtmlTargetElement("portal-file", TagStructure = TagStructure.WithoutEndTag)]
public sealed class FileTagHelper : FieldTagHelper
{
    /// <summary>Kinds that the browser offers first.</summary>
    public string? Accept { get; set; }

    private protected override Task DrawAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.Content.AppendHtml(LabelTag());
        foreach (var tag in HintAndError())
        {
            output.Content.AppendHtml(tag);
        }
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.AddCssClass(Error is null ? "govuk-file-upload" : "govuk-file-upload govuk-file-upload--error");
        (input.Attributes["id"], input.Attributes["name"], input.Attributes["type"]) = (Id, Name, "file");
        if (Accept is not null)
        {
            input.Attributes["accept"] = Accept;
        }
        if (DescribedBy is { } ids)
        {
            input.Attributes["aria-describedby"] = ids;
        }
        output.Content.AppendHtml(input);
        return Task.CompletedTask;
    }
}
