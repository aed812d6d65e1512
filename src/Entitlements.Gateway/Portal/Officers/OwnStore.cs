using Entitlements.Gateway.Catalogue;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Portal.Api;

namespace Entitlements.Gateway.Portal.Officers;

/// <summary>The store as one person sees it.</summary>
internal static class OwnStore
{
    private const int Most = 500;

    /// <param name="device">The device it is looked at from; null: none.</param>
    public static async Task<IReadOnlyList<ListingView>> ListAsync(OwnApi api, Caller.Person person, string? device)
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal) { ["subject"] = new { type = "user", id = person.Subject } };
        if (device is not null)
        {
            body["device"] = new { id = device };
        }
        var answer = await api.SendAsync(HttpMethod.Post, OwnApi.Target($"/v1/catalogue?limit={Most}"), body);
        return answer.ReadOrThrow<Page<ListingView>>().Items;
    }
}
