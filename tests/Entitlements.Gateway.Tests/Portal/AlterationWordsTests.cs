using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Portal;
using Entitlements.Gateway.Portal.Shared;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Tests.Gateways;
using Microsoft.Extensions.DependencyInjection;

namespace Entitlements.Gateway.Tests.Portal;

/// <summary>Who votes reads words, not the API's names, whatever the change is.</summary>
public sealed class AlterationWordsTests
{
    private static readonly string[] SaidBesideIt = ["target", "evidence_tenant", "other_tenant"];

    [Fact]
    public async Task Every_member_and_every_choice_of_every_alteration_has_words()
    {
        await using var gateway = await TestGateway.StartAsync();
        var l = new Language();
        HashSet<Type> seen = [];
        HashSet<string> missing = [];
        foreach (var kind in gateway.Services.GetServices<AlterationKind>())
        {
            if (ChangeWords.Kind(kind.Kind, l) == kind.Kind)
            {
                missing.Add($"kind {kind.Kind}");
            }
            Walk(kind.Type);
        }
        Assert.True(seen.Count > 40, "alterations are walked");
        Assert.True(missing.Count == 0, string.Join('\n', missing.Order(StringComparer.Ordinal)));

        void Walk(Type type)
        {
            var info = StoredJson.Options.GetTypeInfo(type);
            if (info.Kind is JsonTypeInfoKind.Enumerable or JsonTypeInfoKind.Dictionary)
            {
                Walk(info.ElementType!);
            }
            if (info.Kind != JsonTypeInfoKind.Object || !seen.Add(type))
            {
                return;
            }
            foreach (var member in info.Properties.Where(m => m.Get is not null && !SaidBesideIt.Contains(m.Name)))
            {
                if (AlterationWords.Member(member.Name, l) is null)
                {
                    missing.Add($"{type.Name}: {member.Name}");
                }
                var of = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
                if (of == typeof(TimeSpan) && !AlterationWords.IsSpan(member.Name))
                {
                    missing.Add($"{type.Name}: {member.Name} is a length of time");
                }
                foreach (var value in of.IsEnum ? Enum.GetValues(of).Cast<object>() : [])
                {
                    var stored = JsonSerializer.SerializeToNode(value, of, StoredJson.Options)!.GetValue<string>();
                    if (AlterationWords.Choice(member.Name, stored, l) is null)
                    {
                        missing.Add($"{type.Name}: {member.Name} = {stored}");
                    }
                }
                Walk(of);
            }
        }
    }

    [Fact]
    public void Values_are_written_as_people_write_them()
    {
        var alteration = (JsonObject)
            JsonNode.Parse(
                """
                {"outcome":"approved","in_force_until":"2027-03-27T23:00:00+00:00","grace":"7.00:00:00","high_risk":true,"device_limit":1200,
                 "covers":["android.permission.CAMERA"],"roles":["constable","sergeant"],"package_id":null,"holidays":["2026-12-25"]}
                """
            )!;
        var said = AlterationWords
            .Of(alteration, new(), new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero))
            .ToDictionary(m => m.Label, m => string.Join('|', m.Lines), StringComparer.Ordinal);
        Assert.Equal("it may be used", said["Conclusion"]);
        Assert.Equal("27 March 2027 at 11pm", said["In force until"]);
        Assert.Equal("7 days", said["Afterwards, for those who use it already"]);
        Assert.Equal("yes", said["High risk"]);
        Assert.Equal("1,200", said["Most phones of one person"]);
        Assert.Equal("constable|sergeant", said["Roles"]);
        Assert.Equal("25 December 2026", said["Holidays"]);
        Assert.DoesNotContain("android.permission", said["What was looked at"], StringComparison.Ordinal);
        Assert.False(said.ContainsKey("Name of its package"));
    }
}
