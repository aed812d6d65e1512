using Entitlements.Gateway.Portal.Api;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Reports;
using Microsoft.AspNetCore.Mvc;

namespace Entitlements.Gateway.Portal.Records;

/// <summary>Which roles somebody of the force held at the end of a day, and who had given them.</summary>
internal sealed class PersonThenModel : DayPage
{
    [BindProperty(SupportsGet = true, Name = "subject")]
    public string Id { get; set; } = "";

    /// <summary>Null where no day was asked for, or none that is.</summary>
    public PersonAsOfView? Then { get; private set; }

    protected override async Task LoadAsync() =>
        Then = AskedFor() is { } at ? await Api.GetAsync<PersonAsOfView>(OwnApi.Target($"/v1/reports/as-of/people/{Id}?at={at}")) : null;

    /// <summary>From when to when.</summary>
    public string Window(RoleAsOf role) =>
        role.Until is { } until
            ? L[$"{L.At(role.From, Now)} to {L.At(until, Now)}", $"{L.At(role.From, Now)} i {L.At(until, Now)}"]
            : L[$"From {L.At(role.From, Now)}, no end known", $"O {L.At(role.From, Now)}, dim diwedd hysbys"];

    public string Who(RoleAsOf role) =>
        role.GivenBy is { } actor ? RecordWords.Who(actor, L)
        : role.Change is null && role.Request is null ? L["Not on record", "Nid yw ar gofnod"]
        : "";
}
