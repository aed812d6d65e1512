using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Portal.Api;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>An app's own record as a form: what it is called, where its bytes are, who is shown it, and how much care it takes.</summary>
internal abstract class AppRecordPage : PortalPage
{
    /// <summary>Of the record as it stands; null: the app is new.</summary>
    public string? Version { get; protected set; }

    /// <summary>The force that owns it.</summary>
    protected abstract string Owner { get; }

    /// <summary>Sends the record, and goes on to the app, or to the change where it opens something.</summary>
    protected async Task<IActionResult> PutAsync(string id, string done)
    {
        RequireAll();
        if (Form.HasErrors)
        {
            return await WrongAsync();
        }
        var answer = await Api.SendAsync(HttpMethod.Put, OwnApi.Target($"/v1/apps/{id}"), Body(), Form.Key, Form.Version);
        if (answer is { Status: StatusCodes.Status400BadRequest, Problem.Errors: null }) // the id is all that is not in the body
        {
            Form.Fault(
                "id",
                L[
                    "A short name is small letters, digits, dots and hyphens, such as call-recorder",
                    "Llythrennau bach, digidau, dotiau a chysylltnodau yw enw byr, fel call-recorder"
                ]
            );
            return await WrongAsync();
        }
        if (answer.Problem?.Code == "app_id_unavailable")
        {
            Form.Fault(
                "id",
                L["This short name cannot be used for an app of yours. Choose another", "Ni ellir defnyddio'r enw byr hwn ar gyfer ap i chi. Dewiswch un arall"]
            );
            return await WrongAsync(answer.Status);
        }
        return answer.Succeeded ? Written(answer, OwnApi.Target($"/apps/{id}"), done) : await RefusedAsync(answer);
    }

    private void RequireAll()
    {
        if (Form.IsEmpty("name"))
        {
            Form.Fault("name", L["Enter the app's name", "Rhowch enw'r ap"]);
        }
        if (Form["high_risk"] is not ("true" or "false"))
        {
            Form.Fault("high_risk", L["Choose how much harm it could do", "Dewiswch faint o niwed y gallai ei wneud"]);
        }
        if (Form.Or("device_limit") is { } limit && !int.TryParse(limit, System.Globalization.CultureInfo.InvariantCulture, out _))
        {
            Form.Fault("device_limit", L["Enter a number, such as 2", "Rhowch rif, fel 2"]);
        }
    }

    private object Body() =>
        new
        {
            name = Form["name"],
            owner = Owner,
            distribution = Form["distribution"],
            package_id = Form.Or("package_id"),
            signer_digest = Form.Or("signer_digest")?.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant(), // as tools print it
            visibility = Form["visibility"],
            high_risk = Form["high_risk"] == "true",
            person_proof = Form["person_proof"] == "true",
            device_limit = Form.Or("device_limit") is { } limit ? int.Parse(limit, System.Globalization.CultureInfo.InvariantCulture) : (int?)null,
            reason = Form.Or("reason")?.ReplaceLineEndings(" "),
        };

    protected void Suggest(AppView app)
    {
        Form.Suggest("name", app.Name);
        Form.Suggest("distribution", app.Distribution == Distribution.Artifact ? "artifact" : "managed-store");
        Form.Suggest("package_id", app.PackageId);
        Form.Suggest("signer_digest", app.SignerDigest);
        Form.Suggest("visibility", app.Visibility == Visibility.ByLink ? "by-link" : app.Visibility.ToString().ToLowerInvariant());
        Form.Suggest("high_risk", app.HighRisk ? "true" : "false");
        SuggestProof(app.PersonProof);
        Form.Suggest("device_limit", app.DeviceLimit is { } limit ? limit.ToString(System.Globalization.CultureInfo.InvariantCulture) : "");
    }

    /// <summary>Not on a form that was sent: no box that is not ticked comes back.</summary>
    protected void SuggestProof(bool isNeeded)
    {
        if (!Form.HasErrors)
        {
            Form.Suggest("person_proof", isNeeded ? "true" : "");
        }
    }
}
