using System.Diagnostics;
using Entitlements.Gateway.Access.Seeding;
using Entitlements.Gateway.Identity;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.AuthZen;

[Collection(nameof(CertifiedGateways))]
public sealed class SeedTests(CertifiedGateways gateways)
{
    private static readonly string Vector = Path.Combine(AppContext.BaseDirectory, "vectors", "authzen-certification.json");

    [Fact]
    public async Task The_command_loads_an_empty_database_says_so_and_ends_and_a_second_time_loads_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("entitlements-seed-");
        try
        {
            var database = $"Data Source={Path.Combine(folder.FullName, "seed.db")};Pooling=False";
            Assert.Equal(0, await RunAsync("Development", database, Vector));
            await using (var file = new SqliteConnection(database))
            {
                await file.OpenAsync();
                await using var ask = file.CreateCommand();
                ask.CommandText =
                    "select (select count(*) from subject) || ' ' || (select demonstration from installation) || ' ' || (select rev from authz_rev) || ' ' || (select count(*) from audit_event where kind = 'seed.loaded')";
                Assert.Equal("2 1 1 1", await ask.ExecuteScalarAsync());
            }
            Assert.Equal(65, await RunAsync("Development", database, Vector));
            Assert.Equal(65, await RunAsync("Development", database, Path.Combine(folder.FullName, "none.json")));
            Assert.Equal(78, await RunAsync("Staging", $"Data Source={Path.Combine(folder.FullName, "other.db")};Pooling=False", Vector));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_data_set_that_contradicts_itself_is_refused_with_every_fault()
    {
        var (seed, faults) = await ReadAsync(
            """
            {"tenants":[{"id":"platform","name":"P"},{"id":"northvale","name":"N"},{"id":"northvale","name":"N"},{"id":"farvale","name":"F"}],
             "roles":[{"tenant":"northvale","id":"approver","name":"A"},{"tenant":"nowhere","id":"r","name":"R","incompatible_with":["s"]}],
             "subjects":[{"tenant":"northvale","id":"ann"}],
             "assignments":[{"tenant":"northvale","role":"r","subject":"bea"},{"tenant":"northvale","role":"approver","subject":"ann","not_before":"2026-01-02T00:00:00Z","not_after":"2026-01-01T00:00:00Z"}],
             "resource_types":[{"type":"app","actions":[]},{"type":"book","actions":["read"]}],
             "resources":[{"type":"app","id":"x","owner":"northvale","name":"X"},{"type":"book","id":"b","owner":"northvale","name":"B"}],
             "rules":[{"tenant":"northvale","type":"book","resource":"b","action":"burn","roles":[]},
                      {"tenant":"northvale","type":"book","resource":"b","action":"read","roles":["approver"],"conditions":[{"on":"subject","property":"x","equal_to":1}]}],
             "clients":[{"client_id":"c","tenants":["elsewhere"],"scopes":["fly"]}]}
            """
        );
        Assert.Null(faults);
        var gateway = await gateways.OnAsync(EachDatabase.Sqlite);
        var found = new SeedCheck(seed!, gateway.Services.GetRequiredService<TrustedProviders>()).Run();
        foreach (
            var place in new[]
            {
                "/tenants/0",
                "/tenants/2",
                "/tenants/3",
                "/roles/0",
                "/roles/1",
                "/assignments/0",
                "/assignments/1",
                "/resource_types/0",
                "/resources/0",
                "/rules/0",
                "/rules/1",
                "/clients/0",
            }
        )
        {
            Assert.Contains(found, fault => fault.StartsWith($"{place}:", StringComparison.Ordinal));
        }
    }

    [
        Theory,
        InlineData("{}"),
        InlineData("{\"tenants\":[],\"people\":[]}"),
        InlineData("{\"tenants\":[{\"id\":\"Not An Id\",\"name\":\"N\"}]}"),
        InlineData("nonsense")
    ]
    public async Task A_file_that_is_no_data_set_is_refused(string text)
    {
        var (_, faults) = await ReadAsync(text);
        Assert.NotEmpty(faults!);
    }

    private static async Task<(SeedFile?, IReadOnlyList<string>?)> ReadAsync(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text);
            return await SeedCommand.ReadAsync(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<int> RunAsync(string environment, string database, string file)
    {
        string[] arguments =
        [
            typeof(SeedCommand).Assembly.Location,
            "--seed",
            file,
            "--environment",
            environment,
            "--ConnectionStrings:Database",
            database,
            .. environment == "Development"
                ? Array.Empty<string>()
                : ["--Identity:Providers:0:Authority", "https://login.example", "--Identity:Providers:0:Tenants:0", "northvale"],
        ];
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(said.Any(text => text.Length > 0), "it says what it did");
        return process.ExitCode;
    }
}
