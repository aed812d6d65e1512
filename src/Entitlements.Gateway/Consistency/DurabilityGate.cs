using Entitlements.Gateway.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Entitlements.Gateway.Consistency;

/// <summary>
/// <c>Database:Durability</c>, asked of the database itself: at start, and again in every renewal. With <c>Replicated</c> a primary that does
/// not wait for a standby grants nothing, for after a failover its revocations would be gone.
/// </summary>
internal sealed class DurabilityGate(IOptions<StorageOptions> storage)
{
    /// <summary>SQL: true while commits are as durable as promised. That each waits for its standby, our sessions see to themselves.</summary>
    public string Probe => IsReplicated ? "current_setting('synchronous_standby_names') <> ''" : "true";

    private bool IsReplicated => storage.Value.Durability is null or DatabaseDurability.Replicated;

    /// <exception cref="Hosting.SettingsException">The database does not replicate as the settings promise.</exception>
    public void Check(NpgsqlConnection session)
    {
        using var ask = new NpgsqlCommand($"select {Probe}", session);
        if (ask.ExecuteScalar() is not true)
        {
            throw new Hosting.SettingsException([
                "Database:Durability is Replicated, but the database does not wait for a standby: set synchronous_standby_names and keep synchronous_commit on (Patroni: synchronous_mode and synchronous_mode_strict). "
                    + "Say SingleNode for one database node without failover, or ProviderManaged where a provider vouches for replication.",
            ]);
        }
    }
}
