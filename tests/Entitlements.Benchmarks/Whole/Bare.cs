using System.Text.Json.Serialization;
using Entitlements.Gateway.Identity;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace Entitlements.Benchmarks.Whole;

/// <summary>What everything is compared with: Kestrel, a minimal API, source-generated JSON, the AuthZEN body read and a constant answered.</summary>
internal static class Bare
{
    public const string Command = "bare";
    public const string Plain = "/bare";
    public const string Select = "/select";
    public const string Get = "/get";
    public const string Checked = "/checked";
    public const string Allocated = "/allocated";

    /// <param name="settings">Command line: <c>--Urls</c>, <c>--Authority</c>, <c>--ConnectionStrings:Database</c>, <c>--ConnectionStrings:Redis</c>; <c>--Authentication</c>: <c>none</c>, <c>stock</c> or <c>ours</c>.</param>
    public static async Task ServeAsync(string[] settings)
    {
        var builder = WebApplication.CreateBuilder(settings);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, BareJson.Default));
        switch (builder.Configuration["Authentication"])
        {
            case "ours":
                builder.AddIdentity();
                builder.Services.AddAuthorization();
                break;
            case "stock":
                builder.Services.AddAuthentication().AddJwtBearer(jwt => Trust(jwt, builder.Configuration["Authority"]!));
                builder.Services.AddAuthorization();
                break;
            default:
                break; // none: a scheme, once added, judges every token that comes along
        }
        await using var database = NpgsqlDataSource.Create(builder.Configuration.GetConnectionString("Database")!);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(builder.Configuration.GetConnectionString("Redis")!);
        var values = redis.GetDatabase();
        foreach (var person in Enumerable.Range(1, LoadRows.People))
        {
            await values.StringSetAsync(Seed.Person(person), new byte[400]); // about what a decision takes
        }
        await using var app = builder.Build();
        app.MapPost(Plain, (Question question) => new Answer(question.Subject.Id.Length > 0));
        if (builder.Configuration["Authentication"] is not "none")
        {
            app.MapPost(Checked, (Question question) => new Answer(question.Subject.Id.Length > 0)).RequireAuthorization();
        }
        app.MapPost(Select, async (Question question) => new Answer(await IsKnownAsync(database, question)));
        app.MapPost(
            Get,
            async (Question question) =>
            {
                using var found = await values.StringGetLeaseAsync(question.Subject.Id);
                return new Answer(found is { Length: > 0 });
            }
        );
        app.MapGet(Allocated, () => GC.GetTotalAllocatedBytes().ToString(System.Globalization.CultureInfo.InvariantCulture));
        await app.RunAsync();
    }

    private static void Trust(JwtBearerOptions jwt, string authority)
    {
        jwt.Authority = authority;
        jwt.Audience = "entitlements";
        jwt.RequireHttpsMetadata = false;
        jwt.MapInboundClaims = false;
    }

    private static async Task<bool> IsKnownAsync(NpgsqlDataSource database, Question question)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("select active from subject where tenant = 'north' and id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = question.Subject.Id });
        await command.PrepareAsync(); // once a connection: Npgsql keeps it
        return await command.ExecuteScalarAsync() is true;
    }
}

internal sealed record Question(Entity Subject, Verb Action, Entity Resource);

internal sealed record Entity(string Type, string Id);

internal sealed record Verb(string Name);

internal sealed record Answer(bool Decision);

[JsonSerializable(typeof(Question)), JsonSerializable(typeof(Answer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class BareJson : JsonSerializerContext;
