using Entitlements.Gateway.Reports;

namespace Entitlements.Gateway.Portal.Governance;

/// <summary>What was right when it was decided and may not be any more.</summary>
internal sealed class StoreHealthModel : PortalPage
{
    public StoreHealthView Health { get; private set; } = null!;

    protected override async Task LoadAsync() => Health = await Api.GetAsync<StoreHealthView>("/v1/reports/store-health");

    public string Said(Finding finding) =>
        finding.Kind switch
        {
            FindingKind.AudienceAboveEstablishment => L[
                $"More people can have {finding.App} than its roles should hold: {L.Number(finding.Count ?? 0)}, and there should be {L.Number(finding.Limit ?? 0)}",
                $"Gall mwy o bobl gael {finding.App} nag y dylai ei rolau eu dal: {L.Number(finding.Count ?? 0)}, a dylai fod {L.Number(finding.Limit ?? 0)}"
            ],
            FindingKind.RuleWithoutOwner => L[
                $"Whoever opened {finding.App} is no app owner any more",
                $"Nid yw pwy bynnag agorodd {finding.App} yn berchennog apiau mwyach"
            ],
            FindingKind.RuleLapsing => L[$"{finding.App} closes {When(finding)}", $"Mae {finding.App} yn cau {When(finding)}"],
            FindingKind.AssessmentLapsing => L[$"The DPIA of {finding.App} ends {When(finding)}", $"Daw DPIA {finding.App} i ben {When(finding)}"],
            FindingKind.ObservationOverdue => L[$"The store was to refuse {finding.App} by now", $"Roedd y siop i wrthod {finding.App} erbyn hyn"],
            FindingKind.PoolBelowQuorum => L[
                $"Too few people can approve requests for {finding.Role}",
                $"Rhy ychydig o bobl all gymeradwyo ceisiadau am {finding.Role}"
            ],
            FindingKind.OfficersMissing => L[
                "The force lacks officers: a role administrator, two approvers and a data protection officer",
                "Mae'r heddlu'n brin o swyddogion: gweinyddwr rolau, dau gymeradwywr a swyddog diogelu data"
            ],
            FindingKind.RoleAboveEstablishment => L[
                $"More people hold {finding.Role} than should: {L.Number(finding.Count ?? 0)}, and there should be {L.Number(finding.Limit ?? 0)}",
                $"Mae mwy o bobl yn dal {finding.Role} nag y dylai: {L.Number(finding.Count ?? 0)}, a dylai fod {L.Number(finding.Limit ?? 0)}"
            ],
            FindingKind.NeverFetched => L[
                $"People who could have {finding.App} never fetched it: {L.Number(finding.Count ?? 0)}",
                $"Pobl a allai gael {finding.App} na wnaethant erioed ei nôl: {L.Number(finding.Count ?? 0)}"
            ],
            FindingKind.AssignedByHolder => L[$"Somebody who holds {finding.Role} gave it to others", $"Rhoddodd rhywun sy'n dal {finding.Role} ef i eraill"],
            FindingKind.AssignerWithoutRight => L[
                $"Whoever gave {finding.Role} may not give it any more",
                $"Ni chaiff pwy bynnag roddodd {finding.Role} ei roi mwyach"
            ],
        };

    private string When(Finding finding) => finding.At is { } at ? L.At(at, Now) : "";
}
