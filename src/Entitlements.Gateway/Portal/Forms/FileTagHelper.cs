using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary><c>portal-file</c>: one file. It is the last field of its form, so that what comes before it is known while its bytes arrive.</summary>
[HtmlTargetElement("portal-file", TagStructure = TagStructure.WithoutEndTag)]
public sealed class FileTagHelper : FieldTagHelper
{
    /// <summary>By which the form's script finds it.</summary>
    public required string Part { get; set; }

    private protected override Task DrawAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.Content.AppendHtml(LabelTag());
        foreach (var tag in HintAndError())
        {
            output.Content.AppendHtml(tag);
        }
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.AddCssClass(Error is null ? "govuk-file-upload" : "govuk-file-upload govuk-file-upload--error");
        (input.Attributes["id"], input.Attributes["name"], input.Attributes["type"], input.Attributes["data-portal-part"]) = (Id, Name, "file", Part);
        if (DescribedBy is { } ids)
        {
            input.Attributes["aria-describedby"] = ids;
        }
        output.Content.AppendHtml(input);
        return Task.CompletedTask;
    }
}
