using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Storage;

/// <summary>Section <c>Database</c>, with <c>ConnectionStrings:Database</c> and <c>Consistency:Mode</c>.</summary>
internal sealed class StorageOptions
{
    /// <summary>Which database. Default SQLite, embedded.</summary>
    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    /// <summary>Default <c>SingleNode</c> on SQLite, <c>Replicated</c> on PostgreSQL.</summary>
    public DatabaseDurability? Durability { get; set; }

    /// <summary>Connection string. Default <c>Data Source=data/entitlements.db</c> on SQLite.</summary>
    public string? ConnectionString { get; set; }

    /// <summary><c>Strict</c>: every decision reads the truth. <c>Leased</c> comes with revision leases.</summary>
    public string? Mode { get; set; }

    /// <summary>True for PostgreSQL: the few statements that differ ask here.</summary>
    public bool IsPostgres => Provider == DatabaseProvider.Postgres;
}

internal enum DatabaseProvider
{
    Sqlite,
    Postgres,
}

internal enum DatabaseDurability
{
    SingleNode,
    Replicated,
    ProviderManaged,
}

/// <summary>Says every fault of the database settings at once.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var faults = new List<string>();
        if (options.IsPostgres)
        {
            if (string.IsNullOrWhiteSpace(options.ConnectionString))
            {
                faults.Add("ConnectionStrings:Database is required when Database:Provider is Postgres.");
            }
            if (options.Durability != DatabaseDurability.SingleNode)
            {
                faults.Add(
                    "Database:Durability must be SingleNode: this version runs as one process on one database node. Set it explicitly to say that you know."
                );
            }
            if (options.Mode != "Strict")
            {
                faults.Add("Consistency:Mode must be Strict on PostgreSQL: revision leases are not in this version. Set it explicitly.");
            }
        }
        else
        {
            if (options.Durability is not (null or DatabaseDurability.SingleNode))
            {
                faults.Add("Database:Durability is always SingleNode on SQLite.");
            }
            if (options.Mode is not (null or "Strict"))
            {
                faults.Add("Consistency:Mode is always Strict on SQLite.");
            }
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
