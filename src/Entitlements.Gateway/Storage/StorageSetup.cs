using Entitlements.Gateway.Consistency;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Storage;

internal static class StorageSetup
{
    private const string DefaultSqlite = "Data Source=data/entitlements.db";

    public static void AddStorage(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptions<StorageOptions>()
            .Configure<IConfiguration>(
                (options, settings) =>
                {
                    settings.GetSection("Database").Bind(options);
                    options.MigrationsConnectionString = settings.GetConnectionString("Migrations");
                    options.Mode = settings.GetValue<ConsistencyMode?>("Consistency:Mode");
                    options.ConnectionString = settings.GetConnectionString("Database") ?? (options.IsPostgres ? null : DefaultSqlite);
                }
            )
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>();
        builder.Services.AddSingleton<SqliteWriter>();
        builder.Services.AddScoped<Writes>();
        builder.Services.AddSingleton<OneProcess>();
        builder.Services.AddHealthChecks().AddDbContextCheck<EntitlementsDb>("database");
        if (builder.Configuration.GetValue("Database:Provider", DatabaseProvider.Sqlite) == DatabaseProvider.Postgres)
        {
            builder.Services.AddDbContext<EntitlementsDb, PostgresEntitlementsDb>(
                (services, db) => Databases.UsePostgres(db, services.GetRequiredService<IOptions<StorageOptions>>().Value.ConnectionString!)
            );
        }
        else
        {
            builder.Services.AddDbContext<EntitlementsDb, SqliteEntitlementsDb>(
                (services, db) => Databases.UseSqlite(db, services.GetRequiredService<IOptions<StorageOptions>>().Value.ConnectionString!)
            );
        }
    }

    /// <summary>Takes an embedded database for this process alone and brings the schema up to date. Called before the first request.</summary>
    public static async Task OpenStorageAsync(this WebApplication app)
    {
        app.Services.GetRequiredService<OneProcess>().Take();
        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<EntitlementsDb>().Database;
        if (scope.ServiceProvider.GetRequiredService<IOptions<StorageOptions>>().Value.MigrationsConnectionString is { Length: > 0 } other)
        {
            db.SetConnectionString(other); // of this scope alone
        }
        await db.MigrateAsync();
    }
}
