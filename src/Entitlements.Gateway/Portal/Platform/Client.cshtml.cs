using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Platform;

/// <summary>One system that may use the API: what it may, for whom; a proposal to register or widen it, its end.</summary>
internal sealed class ClientModel(TrustedProviders providers) : PortalPage
{
    [BindProperty(SupportsGet = true, Name = "client")]
    public string Id { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "issuer")]
    public string? Issuer { get; set; }

    /// <summary>Null: it is not registered yet.</summary>
    public ClientEndpoints.ClientView? Client { get; private set; }
    public string? Version { get; private set; }

    /// <summary>The forces that may be named.</summary>
    public IReadOnlyList<TenantEndpoints.TenantView> Tenants { get; private set; } = [];

    /// <summary>Where more than one provider is configured, it has to be said whose client it is.</summary>
    public IReadOnlyList<(string, string)> Issuers => [.. providers.All.Select(p => (p.Issuer, p.Issuer))];

    private string Target => OwnApi.Target($"/v1/clients/{Id}?issuer={Issuer ?? Form.Or("issuer") ?? providers.All.First().Issuer}");

    protected override async Task LoadAsync()
    {
        Tenants = (await Api.GetAsync<Page<TenantEndpoints.TenantView>>("/v1/tenants?limit=500")).Items;
        var stands = await Api.SendAsync(HttpMethod.Get, Target);
        if (!stands.Succeeded)
        {
            return;
        }
        (Client, Version) = (stands.Read<ClientEndpoints.ClientView>(), stands.Version);
        if (Form.Key is null) // else what was typed stands, also where every box was emptied
        {
            Form.Suggest("tenants", Client.Tenants.ToArray());
            Form.Suggest("scopes", Client.Scopes.ToArray());
            Form.Suggest("functions", string.Join('\n', Client.Functions.SelectMany(t => t.Value.Select(f => $"{t.Key}/{f}"))));
            Form.Suggest("service_subject", Client.ServiceSubject);
            Form.Suggest("person", Client.Person);
        }
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (Form.IsEmpty("tenants"))
        {
            Form.Fault("tenants", L["Choose at least one force: without one it can do nothing", "Dewiswch o leiaf un heddlu: heb un ni all wneud dim"]);
        }
        if (Form.IsEmpty("reason"))
        {
            Form.Fault("reason", L["Enter why", "Rhowch pam"]);
        }
        var functions = Form["functions"].Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (functions.Any(f => f.Count(c => c == '/') != 1))
        {
            Form.Fault("functions", L["Enter one a line, such as northvale/auditor", "Rhowch un y llinell, fel northvale/auditor"]);
        }
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Put,
            Target + OwnApi.Target($"&reason={Form["reason"].ReplaceLineEndings(" ")}"),
            new
            {
                tenants = Form.All("tenants"),
                scopes = Form.All("scopes"),
                functions = functions
                    .Select(f => f.Split('/'))
                    .GroupBy(f => f[0], f => f[1], StringComparer.Ordinal)
                    .ToDictionary(g => g.Key, g => g.ToArray()),
                service_subject = Form.Or("service_subject"),
                person = Form.Or("person"),
            },
            answer => Written(answer, "/clients", L["Changed. It is in force.", "Newidiwyd. Mae mewn grym."])
        );
    }

    /// <summary>Ends the registration at once.</summary>
    public async Task<IActionResult> OnPostEndAsync()
    {
        if (Form.IsEmpty("why"))
        {
            Form.Fault("why", L["Enter why", "Rhowch pam"]);
            return await WrongAsync();
        }
        return await SendAsync(
            HttpMethod.Delete,
            Target + OwnApi.Target($"&reason={Form["why"].ReplaceLineEndings(" ")}"),
            body: null,
            answer => Written(answer, "/clients", L["Ended. It can do nothing any more.", "Daeth i ben. Ni all wneud dim mwyach."])
        );
    }
}
