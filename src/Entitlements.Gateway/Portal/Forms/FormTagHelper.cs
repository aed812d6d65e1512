using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary>On every <c>form method="post"</c>: acts once however often it is sent, upon what was seen, and keeps what was typed in the browser until it was sent.</summary>
[HtmlTargetElement("form", Attributes = "[method=post]")]
public sealed class SendOnceTagHelper : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>The ETag of what the form is about; left out: nothing has one.</summary>
    [HtmlAttributeName("portal-version")]
    public string? Version { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Attributes.SetAttribute("novalidate", "novalidate"); // errors are said by us, in our words
        if (!output.Attributes.ContainsName("data-portal-keep"))
        {
            output.Attributes.SetAttribute("data-portal-keep", output.Attributes["id"]?.Value ?? "form");
        }
        output.PostContent.AppendHtml(Hidden(Form.KeyField, Form.NewKey()));
        if (Seen is { } seen)
        {
            output.PostContent.AppendHtml(Hidden(Form.VersionField, seen));
        }
    }

    /// <summary>Of a form that is shown again what was seen first, for its fields are of that; after a refusal for being old, what stands now.</summary>
    private string? Seen =>
        Version is not null
        && ViewContext.ViewData.Model is PortalPage { Form: { Version: { } first } form }
        && form.Refusal?.Status != StatusCodes.Status412PreconditionFailed
            ? first
            : Version;

    private static TagBuilder Hidden(string name, string value)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        (input.Attributes["type"], input.Attributes["name"], input.Attributes["value"]) = ("hidden", name, value);
        return input;
    }
}
