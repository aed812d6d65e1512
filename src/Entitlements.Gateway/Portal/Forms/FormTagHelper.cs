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
        if (Version is not null)
        {
            output.PostContent.AppendHtml(Hidden(Form.VersionField, Version));
        }
    }

    private static TagBuilder Hidden(string name, string value)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        (input.Attributes["type"], input.Attributes["name"], input.Attributes["value"]) = ("hidden", name, value);
        return input;
    }
}
