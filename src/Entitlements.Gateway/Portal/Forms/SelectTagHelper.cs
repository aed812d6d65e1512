using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

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
