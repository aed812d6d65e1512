using Entitlements.Gateway.Assignments;
using Entitlements.Gateway.Exercises;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.EntityFrameworkCore;

namespace Entitlements.Gateway.Tests.Exercises;

/// <summary>Every table was thought of: one that is added fails here until somebody has said what an exercise does with it.</summary>
public sealed class ExerciseTableTests
{
    /// <summary>In which an exercise has no rows, and why.</summary>
    private static readonly Dictionary<string, string> Without = new(StringComparer.Ordinal)
    {
        ["tenant"] = "the exercise itself, gone with the last of its rows",
        ["exercise"] = "the force's record of it",
        ["app"] = "the installation's: an exercise adopts what its force owns, and makes none",
        ["release"] = "of the app",
        ["artifact"] = "of the release",
        ["artifact_reading"] = "of the artifact",
        ["resource_type"] = "the installation's",
        ["role_equivalent"] = "an exercise neither lends nor borrows",
        ["mutual_aid"] = "an exercise neither lends nor borrows",
        ["upload"] = "nothing is uploaded in an exercise",
        ["portal_session"] = "people sign in in earnest",
        ["client"] = "a client is registered for forces",
        ["webhook"] = "nobody is told anything",
        ["entitlement"] = "nothing is issued",
        ["redemption"] = "of the entitlement",
        ["listing_count"] = "no figure counts it",
        ["audit_event"] = "the log, which stays",
        ["outbox"] = "tidied by its own time; names nobody",
        ["inval"] = "tidied by its own time; names of scopes",
        ["authz_rev"] = "the installation's",
        ["global_guard"] = "the installation's",
        ["installation"] = "the installation's",
        ["replica_lease"] = "the installation's",
        ["signing_key"] = "the installation's",
        ["mac_key"] = "the installation's",
        ["data_protection_keys"] = "the installation's",
    };

    /// <summary>Of people every column: one that is added may say where they are reached.</summary>
    private static readonly string[] OfPeople =
    [
        "active",
        "display_name",
        "email",
        "id",
        "issuer",
        "key",
        "manager",
        "mobile",
        "person",
        "suspended",
        "tell_by",
        "tenant",
        "user_principal_name",
        "version",
    ];

    [Fact]
    public async Task Every_table_is_copied_made_or_left_out()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.InDatabaseAsync(db =>
        {
            var tables = db.Model.GetEntityTypes().Select(t => t.GetTableName()!).Order(StringComparer.Ordinal);
            var known = ExerciseTables.All.Select(t => ExerciseWorld.TableOf(db, t.Row)).Concat(Without.Keys).Order(StringComparer.Ordinal);
            Assert.Equal(tables, known);
            Assert.Equal(OfPeople, db.Model.FindEntityType(typeof(SubjectRow))!.GetProperties().Select(p => p.GetColumnName()).Order(StringComparer.Ordinal));
            return Task.CompletedTask;
        });
    }

    /// <summary>A column that is renamed would otherwise be copied as it stands.</summary>
    [Fact]
    public async Task What_stands_in_place_of_a_column_names_one()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.InDatabaseAsync(db =>
        {
            foreach (var table in ExerciseTables.All)
            {
                var columns = db.Model.FindEntityType(table.Row)!.GetProperties().Select(p => p.GetColumnName());
                Assert.DoesNotContain(table.Instead.Keys, name => name != "tenant" && !columns.Contains(name));
            }
            return Task.CompletedTask;
        });
    }
}
