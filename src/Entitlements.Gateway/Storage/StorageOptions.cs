using Entitlements.Gateway.Consistency;
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

    /// <summary><c>ConnectionStrings:Migrations</c>: the role that may alter the schema, where the application's may not. Default: the same.</summary>
    public string? MigrationsConnectionString { get; set; }

    /// <summary><c>Consistency:Mode</c>. Default <c>Leased</c> on PostgreSQL; SQLite is always <c>Strict</c>.</summary>
    public ConsistencyMode? Mode { get; set; }

    /// <summary>Decisions may come from a cache.</summary>
    public bool IsCached => IsPostgres && Mode is null or ConsistencyMode.Leased;

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
        }
        else
        {
            if (options.Durability is not (null or DatabaseDurability.SingleNode))
            {
                faults.Add("Database:Durability is always SingleNode on SQLite.");
            }
            if (options.Mode is not (null or ConsistencyMode.Strict))
            {
                faults.Add("Consistency:Mode is always Strict on SQLite.");
            }
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
