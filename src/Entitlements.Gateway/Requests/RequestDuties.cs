using Entitlements.Engine.Requests;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Rotas;
using Entitlements.Gateway.Storage;

namespace Entitlements.Gateway.Requests;

/// <summary>Who is on duty at this moment, of those who are asked.</summary>
/// <param name="People">Null where the rota's role is sensitive and the reader need not know.</param>
internal sealed record RequestDutyView(string Rota, int Count, IReadOnlyList<DutyView>? People);

/// <summary>The rotas that requests ask now, and who is on duty by them.</summary>
internal static class RequestDuties
{
    public static IEnumerable<string> RotasOf(AccessRequest request) => request.Asked.Where(a => a.Kind == ApproverKind.OnDuty).Select(a => a.Id).Distinct();

    /// <summary>By tenant and rota; one that is gone is left out.</summary>
    public static async Task<Dictionary<(string Tenant, string Rota), RequestDutyView>> OfAsync(
        EntitlementsDb db,
        Caller caller,
        IEnumerable<(string Tenant, AccessRequest Request)> requests,
        DateTimeOffset now
    )
    {
        var duties = new Dictionary<(string, string), RequestDutyView>();
        foreach (var (tenant, rota) in requests.SelectMany(r => RotasOf(r.Request).Select(rota => (r.Tenant, rota))).Distinct())
        {
            if (await DutySight.ReadAsync(db, caller, tenant, rota, now, now) is { } duty)
            {
                duties[(tenant, rota)] = new(rota, duty.Count, duty.People);
            }
        }
        return duties;
    }
}
