using Entitlements.Gateway.Storage;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>Removes sessions that are long over.</summary>
internal sealed class SessionTidy(IServiceScopeFactory scopes, TimeProvider clock, ILogger<SessionTidy> log)
    : Worker("Sessions", TimeSpan.FromHours(1), scopes, clock, log)
{
    /// <summary>For so long somebody who comes back to a form is known to be who began it.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(1);

    protected override Task ActAsync(CancellationToken stopping) =>
        RecordAsync(scope =>
        {
            var over = scope.Now - Remembered;
            return scope.Db.Sessions.Where(s => s.ExpiresAt < over).ExecuteDeleteAsync();
        });
}
