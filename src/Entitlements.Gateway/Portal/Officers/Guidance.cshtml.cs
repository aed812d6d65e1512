using System.Globalization;
using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>The guidance of an app: read, answer its questions, accept or refuse.</summary>
internal sealed class GuidanceModel : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "app")]
    public string Id { get; set; } = "";

    public string Name { get; private set; } = "";
    public GuidanceView Guidance { get; private set; } = null!;

    /// <summary>Name of the field that answers a question, which the API knows by its place.</summary>
    public static string FieldOf(int question) => string.Create(CultureInfo.InvariantCulture, $"answers/{question}");

    private string Target(string act = "") => OwnApi.Target($"/v1/apps/{Id}/guidance/{Person.Tenant}") + act;

    protected override async Task LoadAsync()
    {
        Name = (await OwnStore.ListAsync(Api, Person, device: null)).FirstOrDefault(a => a.App == Id)?.Name ?? throw Nothing();
        Guidance = await Api.GetAsync<GuidanceView>(Target());
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var guidance = await Api.GetAsync<GuidanceView>(Target());
        var answers = new List<int>();
        for (var i = 0; i < guidance.Questions.Count; i++)
        {
            if (int.TryParse(Form[FieldOf(i)], NumberStyles.None, CultureInfo.InvariantCulture, out var answer))
            {
                answers.Add(answer);
            }
            else
            {
                Form.Fault(FieldOf(i), L["Choose an answer", "Dewiswch ateb"]);
            }
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var body = new { version = Version, answers };
        return await SendAsync(
            HttpMethod.Put,
            Target("/acceptance"),
            body,
            _ => Go($"/my/{Uri.EscapeDataString(Id)}", L["You have accepted the guidance", "Rydych wedi derbyn y canllawiau"])
        );
    }

    public async Task<IActionResult> OnPostRefuseAsync() =>
        await SendAsync(
            HttpMethod.Put,
            Target("/refusal"),
            new { version = Version, reason = Form.Or("reason") },
            _ => Go($"/my/{Uri.EscapeDataString(Id)}", L["You have refused the guidance", "Rydych wedi gwrthod y canllawiau"])
        );

    /// <summary>The version that stood on the page: another one has to be read first.</summary>
    private int Version => int.TryParse(Form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
