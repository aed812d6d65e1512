using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Entitlements.Gateway.Portal.Forms;

/// <summary><c>portal-radios</c>: one of a few; its <c>portal-choice</c>s stand within.</summary>
[HtmlTargetElement("portal-radios"), RestrictChildren("portal-choice")]
public sealed class RadiosTagHelper() : ChoicesTagHelper("radio", "govuk-radios");

/// <summary><c>portal-checkboxes</c>: any of a few; its <c>portal-choice</c>s stand within.</summary>
[HtmlTargetElement("portal-checkboxes"), RestrictChildren("portal-choice")]
public sealed class CheckboxesTagHelper() : ChoicesTagHelper("checkbox", "govuk-checkboxes");

/// <summary>What radios and checkboxes have in common.</summary>
public abstract class ChoicesTagHelper(string type, string css) : FieldTagHelper
{
    private readonly List<(string Value, string Label, string? Hint, IHtmlContent? More)> _choices = [];

    internal void Add(string value, string label, string? hint, IHtmlContent? more) => _choices.Add((value, label, hint, more));

    private protected override async Task DrawAsync(TagHelperContext context, TagHelperOutput output)
    {
        context.Items[typeof(ChoicesTagHelper)] = this;
        await output.GetChildContentAsync();
        output.Content.Clear();
        var (fieldset, _) = FieldsetTag();
        var group = new TagBuilder("div");
        group.AddCssClass(css);
        group.Attributes["data-module"] = css;
        var chosen = Form.All(Name);
        for (var i = 0; i < _choices.Count; i++)
        {
            Draw(group, _choices[i], i == 0 ? Id : $"{Id}-{Invariant(i + 1)}", chosen.Contains(_choices[i].Value));
        }
        fieldset.InnerHtml.AppendHtml(group);
        output.Content.AppendHtml(fieldset);
    }

    private void Draw(TagBuilder group, (string Value, string Label, string? Hint, IHtmlContent? More) choice, string id, bool isChosen)
    {
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.AddCssClass($"{css}__input");
        (input.Attributes["id"], input.Attributes["name"], input.Attributes["type"], input.Attributes["value"]) = (id, Name, type, choice.Value);
        if (isChosen)
        {
            input.Attributes["checked"] = "checked";
        }
        if (choice.Hint is not null)
        {
            input.Attributes["aria-describedby"] = $"{id}-item-hint";
        }
        var label = new TagBuilder("label");
        label.AddCssClass($"govuk-label {css}__label");
        label.Attributes["for"] = id;
        label.InnerHtml.Append(choice.Label);
        var item = Wrap("div", $"{css}__item", input);
        item.InnerHtml.AppendHtml(label);
        if (choice.Hint is not null)
        {
            var hint = new TagBuilder("div");
            hint.AddCssClass($"govuk-hint {css}__hint");
            hint.Attributes["id"] = $"{id}-item-hint";
            hint.InnerHtml.Append(choice.Hint);
            item.InnerHtml.AppendHtml(hint);
        }
        group.InnerHtml.AppendHtml(item);
        if (choice.More is not null)
        {
            var more = new TagBuilder("div");
            more.AddCssClass($"{css}__conditional"); // always shown: aria-expanded, by which it would be hidden, is none of a radio's attributes (ARIA 1.2)
            more.InnerHtml.AppendHtml(choice.More);
            group.InnerHtml.AppendHtml(more);
        }
    }
}

/// <summary><c>portal-choice</c>: one of the choices around it; what stands within belongs to it.</summary>
[HtmlTargetElement("portal-choice")]
public sealed class ChoiceTagHelper : TagHelper
{
    public required string Value { get; set; }
    public required string Label { get; set; }
    public string? Hint { get; set; }

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var content = await output.GetChildContentAsync();
        ((ChoicesTagHelper)context.Items[typeof(ChoicesTagHelper)]).Add(
            Value,
            Label,
            Hint,
            content.IsEmptyOrWhiteSpace ? null : new HtmlString(content.GetContent())
        );
        output.SuppressOutput();
    }
}
