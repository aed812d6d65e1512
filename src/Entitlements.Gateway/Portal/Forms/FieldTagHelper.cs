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
