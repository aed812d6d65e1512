using System.Security.Cryptography;
using System.Text;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Portal.SignIn;

/// <summary>Keeps sessions in the database, for all replicas: ending one ends it everywhere, and a stolen backup opens none.</summary>
internal sealed class SessionStore(IServiceScopeFactory scopes, IDataProtectionProvider protection, TimeProvider clock) : ITicketStore
{
    private readonly IDataProtector _seal = protection.CreateProtector("Entitlements.Portal.Session");

    /// <summary>A new session, on record.</summary>
    public async Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        var key = RandomIds.New() + RandomIds.New();
        var person = SignedIn.PersonOf(ticket.Properties);
        var row = new SessionRow
        {
            Id = IdOf(key),
            Person = person,
            Ticket = Seal(ticket),
            BeganAt = clock.Now(),
            ExpiresAt = EndOf(ticket),
        };
        await RecordAsync(scope =>
        {
            scope.Db.Sessions.Add(row);
            scope.Audit("portal.signed_in", tenant: null, person, person);
            return Task.FromResult(row);
        });
        return key;
    }

    public async Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        var (id, sealedTicket, end) = (IdOf(key), Seal(ticket), EndOf(ticket));
        await RecordAsync(scope =>
            scope.Db.Sessions.Where(s => s.Id == id).ExecuteUpdateAsync(set => set.SetProperty(s => s.Ticket, sealedTicket).SetProperty(s => s.ExpiresAt, end))
        );
    }

    public Task<AuthenticationTicket?> RetrieveAsync(string key) => throw new NotSupportedException("The request is needed.");

    public async Task<AuthenticationTicket?> RetrieveAsync(string key, HttpContext httpContext, CancellationToken cancellationToken)
    {
        var row = await FindAsync(key);
        if (row is not null && row.ExpiresAt <= clock.Now())
        {
            httpContext.Features.Set(new LapsedSession(row.Person));
            return null;
        }
        return row is null ? null : Open(row.Ticket);
    }

    public async Task RemoveAsync(string key)
    {
        if (await FindAsync(key) is { } row)
        {
            await RecordAsync(scope =>
            {
                scope.Audit("portal.signed_out", tenant: null, row.Person, row.Person);
                return scope.Db.Sessions.Where(s => s.Id == row.Id).ExecuteDeleteAsync();
            });
        }
    }

    private async Task<SessionRow?> FindAsync(string key)
    {
        var id = IdOf(key);
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<EntitlementsDb>().Sessions.AsNoTracking().SingleOrDefaultAsync(s => s.Id == id);
    }

    private async Task RecordAsync<T>(Func<WriteScope, Task<T>> act)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<Writes>().RecordAsync(act);
    }

    private byte[] Seal(AuthenticationTicket ticket) => _seal.Protect(TicketSerializer.Default.Serialize(ticket));

    /// <summary>Null where it cannot be opened: then nobody is signed in.</summary>
    private AuthenticationTicket? Open(byte[] ticket)
    {
        try
        {
            return TicketSerializer.Default.Deserialize(_seal.Unprotect(ticket));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private DateTimeOffset EndOf(AuthenticationTicket ticket) => (ticket.Properties.ExpiresUtc ?? clock.GetUtcNow()).Cut();

    private static string IdOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}

/// <summary>The browser showed a session that is over: whose it was.</summary>
/// <param name="Person">As <see cref="Identity.Caller.Key"/> says it.</param>
internal sealed record LapsedSession(string Person);
