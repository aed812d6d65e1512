using System.Globalization;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>The text that people accept before they get an app, with its questions: what stands, what stood before, and proposing another.</summary>
internal sealed class GuidanceTextModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public AppView App { get; private set; } = null!;

    /// <summary>What stands; null: there is none.</summary>
    public GuidanceView? Stands { get; private set; }

    /// <summary>Of the resource as it stands.</summary>
    public string? Version { get; private set; }

    /// <summary>Every version that was ever in force, the newest first.</summary>
    public Page<GuidanceView> Versions { get; private set; } = new([], null);

    public bool MayPropose => Person.Tenant is { } tenant && Person.Holds(Function.AppOwner, tenant);

    private string Target => OwnApi.Target($"/v1/apps/{Id}/guidance/{Person.Tenant ?? throw Nothing()}");

    protected override async Task LoadAsync()
    {
        App = await Api.GetAsync<AppView>(OwnApi.Target($"/v1/apps/{Id}"));
        var stands = await Api.SendAsync(HttpMethod.Get, Target);
        Stands = stands.Succeeded ? stands.Read<GuidanceView>() : null;
        Version = stands.Version;
        Versions = await Api.FindAsync<Page<GuidanceView>>(After($"{Target}/versions?limit=10")) ?? Versions;
        Form.Suggest("en", Stands?.En);
        Form.Suggest("cy", Stands?.Cy);
        Form.Suggest("substance", "true");
        if (Form.Or(GuidanceForm.CountField) is null)
        {
            GuidanceForm.Write(
                Form,
                Stands is { Questions: { Count: > 0 } asked }
                    ?
                    [
                        .. asked.Select(q => new GuidanceQuestion
                        {
                            En = q.En,
                            Cy = q.Cy,
                            Choices = q.Choices,
                            Right = q.Right ?? 0,
                        }),
                    ]
                    : []
            );
        }
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var questions = GuidanceForm.Read(Form);
        if (Form["edit"] is { Length: > 0 } edit)
        {
            Edit(edit, questions);
            return await ShowAsync();
        }
        foreach (var text in new[] { "en", "cy" }.Where(Form.IsEmpty))
        {
            Form.Fault(text, L["Enter the text", "Rhowch y testun"]);
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var stands = await Api.FindAsync<GuidanceView>(Target);
        var body = new
        {
            version = (stands?.Version ?? 0) + 1,
            en = Form["en"].ReplaceLineEndings("\n"),
            cy = Form["cy"].ReplaceLineEndings("\n"),
            questions,
            substance = Form["substance"] != "false",
            reason = Form.Or("reason")?.ReplaceLineEndings(" "),
        };
        return await SendAsync(
            HttpMethod.Put,
            Target,
            body,
            answer =>
                Go(
                    $"/changes/{answer.Made}",
                    L["Proposed. It is in force when others have voted for it.", "Cynigiwyd. Daw i rym pan fydd eraill wedi pleidleisio drosto."]
                )
        );
    }

    /// <summary>One question more, or one less.</summary>
    /// <param name="edit"><c>add</c>, or the number of the question that goes, from 0.</param>
    private void Edit(string edit, IReadOnlyList<GuidanceQuestion> questions)
    {
        if (edit == "add")
        {
            Form.Put(GuidanceForm.CountField, GuidanceForm.Text(questions.Count + 1));
        }
        else if (int.TryParse(edit, NumberStyles.None, CultureInfo.InvariantCulture, out var gone))
        {
            GuidanceForm.Write(Form, [.. questions.Where((_, i) => i != gone)]);
        }
    }
}
