using Entitlements.Gateway.Portal.Api;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>What a refusal of the API is to the person at the screen. What is not here is said as the API says it, in English.</summary>
internal static class RefusalWords
{
    /// <returns>The text, and its language where it is not the page's.</returns>
    public static (string Text, string? Tag) Of(ApiProblem problem, Language l) =>
        (problem.Code, problem.Status) switch
        {
            ("own_request", _) => (
                l[
                    "You cannot decide your own request, whichever account you use.",
                    "Ni allwch benderfynu ar eich cais eich hun, pa gyfrif bynnag a ddefnyddiwch."
                ],
                null
            ),
            ("own_change", _) => (
                l[
                    "You cannot vote on a change that you proposed or that is about you.",
                    "Ni allwch bleidleisio ar newid a gynigiwyd gennych chi neu sy'n ymwneud â chi."
                ],
                null
            ),
            ("already_voted", _) => (l["You have already decided this.", "Rydych eisoes wedi penderfynu ar hyn."], null),
            ("request_decided", _) => (l["Somebody else has already decided this.", "Mae rhywun arall eisoes wedi penderfynu ar hyn."], null),
            ("request_expired", _) => (
                l["Nobody decided in time. It has to be asked for again.", "Ni phenderfynodd neb mewn pryd. Rhaid gofyn amdano eto."],
                null
            ),
            ("request_voided", _) => (
                l[
                    "This request cannot go on: something it rests on has changed. It has to be asked for again.",
                    "Ni all y cais hwn barhau: mae rhywbeth y mae'n dibynnu arno wedi newid. Rhaid gofyn amdano eto."
                ],
                null
            ),
            ("not_an_approver", _) => (
                l["You are not one of the people who can decide this now.", "Nid ydych yn un o'r bobl a all benderfynu ar hyn nawr."],
                null
            ),
            ("reciprocal_approval", _) => (
                l[
                    "This person lately approved a request of yours for the same role, so somebody else has to decide.",
                    "Cymeradwyodd y person hwn gais gennych am yr un rôl yn ddiweddar, felly rhaid i rywun arall benderfynu."
                ],
                null
            ),
            ("change_moved", _) => (
                l[
                    "What this change would do has moved since you read it. Read it again before you vote.",
                    "Mae'r hyn y byddai'r newid hwn yn ei wneud wedi symud ers i chi ei ddarllen. Darllenwch ef eto cyn pleidleisio."
                ],
                null
            ),
            ("establishment_reached", _) => (l["The role already has as many people as it should.", "Mae gan y rôl gynifer o bobl ag y dylai eisoes."], null),
            ("step_up_unavailable", _) => (
                l[
                    "Your sign-in provider cannot prove a strong sign-in, so you cannot do this here. Tell the people who run this service.",
                    "Ni all eich darparwr mewngofnodi brofi mewngofnodi cryf, felly ni allwch wneud hyn yma. Dywedwch wrth y bobl sy'n rhedeg y gwasanaeth."
                ],
                null
            ),
            ("answers_wrong", _) => (
                l[
                    "Not every answer is right. Read the guidance again, then answer again.",
                    "Nid yw pob ateb yn gywir. Darllenwch y canllawiau eto, yna atebwch eto."
                ],
                null
            ),
            ("answers_wait", _) => (
                l[
                    "Too many wrong answers within an hour. Read the guidance, and answer later.",
                    "Gormod o atebion anghywir o fewn awr. Darllenwch y canllawiau, ac atebwch yn nes ymlaen."
                ],
                null
            ),
            ("guidance_not_in_force", _) => (
                l[
                    "The guidance has changed since you opened the page. Read it again.",
                    "Mae'r canllawiau wedi newid ers i chi agor y dudalen. Darllenwch nhw eto."
                ],
                null
            ),
            ("enrolment_unconfirmed", _) => (
                l[
                    "A phone that you enrolled waits for your force to confirm it. Until then no other can be enrolled. Ask your role administrator.",
                    "Mae ffôn a gofrestrwyd gennych yn aros i'ch heddlu ei gadarnhau. Tan hynny ni ellir cofrestru un arall. Gofynnwch i'ch gweinyddwr rolau."
                ],
                null
            ),
            ("device_known", _) => (
                l[
                    "Your force has a device of this name on record already. Ask your role administrator.",
                    "Mae gan eich heddlu ddyfais o'r enw hwn ar gofnod eisoes. Gofynnwch i'ch gweinyddwr rolau."
                ],
                null
            ),
            ("cooling_off", _) => (
                l["Your last request for this was denied. You can ask again later.", "Gwrthodwyd eich cais diwethaf am hyn. Gallwch ofyn eto yn nes ymlaen."],
                null
            ),
            ("equal_request_open", _) => (
                l["You have asked for this already, and nobody has decided yet.", "Rydych eisoes wedi gofyn am hyn, ac nid oes neb wedi penderfynu eto."],
                null
            ),
            ("idempotency_key_reused", _) => (
                l[
                    "This was already sent. Look at what became of it before you send it again.",
                    "Mae hyn eisoes wedi'i anfon. Edrychwch beth ddaeth ohono cyn ei anfon eto."
                ],
                null
            ),
            ("release_held", _) => (
                l[
                    "This version can do more than the DPIA covers, so it is held. Have that assessed first, then propose it again.",
                    "Gall y fersiwn hon wneud mwy nag y mae'r DPIA yn ei gwmpasu, felly mae wedi'i dal. Asesir hynny yn gyntaf, yna cynigiwch hi eto."
                ],
                null
            ),
            ("release_published", _) => (l["This version is published already.", "Mae'r fersiwn hon eisoes wedi'i chyhoeddi."], null),
            ("release_differs", _) => (
                l[
                    "There is a version of this name already, with another file. Give this one another version.",
                    "Mae fersiwn o'r enw hwn eisoes, gyda ffeil arall. Rhowch fersiwn arall i hon."
                ],
                null
            ),
            ("malware_found", _) => (l["The malware scanner found something in this file.", "Canfu'r sganiwr maleiswedd rywbeth yn y ffeil hon."], null),
            ("scan_unanswered", _) => (
                l[
                    "The malware scanner did not answer. Send it again later: the file need not be sent again.",
                    "Ni atebodd y sganiwr maleiswedd. Anfonwch ef eto yn nes ymlaen: nid oes angen anfon y ffeil eto."
                ],
                null
            ),
            ("capabilities_required", _) => (
                l["Say what it can do: nothing here reads that from the file.", "Dywedwch beth y gall ei wneud: nid oes dim yma yn darllen hynny o'r ffeil."],
                null
            ),
            (_, StatusCodes.Status412PreconditionFailed) => (
                l[
                    "Somebody has changed this since you opened the page. Look at it again before you send it.",
                    "Mae rhywun wedi newid hyn ers i chi agor y dudalen. Edrychwch arno eto cyn ei anfon."
                ],
                null
            ),
            (_, StatusCodes.Status403Forbidden) when problem.Detail is null => (l["You may not do this.", "Ni chewch wneud hyn."], null),
            (_, StatusCodes.Status404NotFound) => (l["There is nothing here any more.", "Nid oes dim yma mwyach."], null),
            (_, StatusCodes.Status429TooManyRequests) => (
                l[
                    "That was too often. Wait a moment and send it again: what you entered is still here.",
                    "Roedd hynny'n rhy aml. Arhoswch funud a'i anfon eto: mae'r hyn a roesoch yn dal yma."
                ],
                null
            ),
            (_, StatusCodes.Status503ServiceUnavailable) => (
                l[
                    "The service cannot answer at this moment. Nothing was changed. Send it again: what you entered is still here.",
                    "Ni all y gwasanaeth ateb ar hyn o bryd. Ni newidiwyd dim. Anfonwch ef eto: mae'r hyn a roesoch yn dal yma."
                ],
                null
            ),
            _ => (problem.Detail ?? problem.Title, l.IsWelsh ? Language.English : null),
        };
}
