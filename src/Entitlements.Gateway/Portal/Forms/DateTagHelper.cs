using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

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
