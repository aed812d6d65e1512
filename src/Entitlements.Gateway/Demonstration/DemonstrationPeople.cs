using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Identity.BuiltIn;
using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Demonstration;

/// <summary>The built-in provider signs in who is on record under its issuer, and nobody else.</summary>
internal sealed class DemonstrationPeople(EntitlementsDb db, IOptions<PublicUrlOptions> publicUrl) : IDemonstrationPeople
{
    public Task<bool> ExistsAsync(string id, CancellationToken cancel) => db.Subjects.AnyAsync(s => s.Issuer == publicUrl.Value.Origin && s.Id == id, cancel);
}
