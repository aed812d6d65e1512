using System.Text;
using System.Text.Json;
using Entitlements.Engine.Canonical;
using Entitlements.Engine.Changes;

namespace Entitlements.Engine.Tests.Vectors;

public sealed class ChangeHashVectorTests
{
    // The payloads hold on purpose what strict reading refuses, so they are read as they stand.
    private static readonly JsonElement All = JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "change-hash.json")));

    public static TheoryData<string> Cases => [.. Names("cases")];

    public static TheoryData<string> Refused => [.. Names("refused")];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_change_hashes_to_the_digest_of_its_canonical_form(string name)
    {
        var one = Find("cases", name);
        var (kind, target) = (one.GetProperty("kind").GetString()!, one.GetProperty("target").GetString()!);
        var hash = ChangeHash.Of(kind, target, one.GetProperty("payload"), one.GetProperty("base_version").GetInt64());
        Assert.Equal(one.GetProperty("sha256").GetString(), hash);
        var canonical = one.GetProperty("canonical").GetString()!;
        Assert.Equal(canonical, Encoding.UTF8.GetString(CanonicalJson.Bytes(JsonElement.Parse(canonical))));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_has_no_canonical_form_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => ChangeHash.Of("x", "/t", Find("refused", name).GetProperty("payload"), 1));

    [Fact]
    public void Every_part_of_a_change_is_in_its_hash()
    {
        var payload = JsonElement.Parse("""{"a":1}""");
        string[] hashes =
        [
            ChangeHash.Of("rule", "/t", payload, 1),
            ChangeHash.Of("role", "/t", payload, 1),
            ChangeHash.Of("rule", "/u", payload, 1),
            ChangeHash.Of("rule", "/t", JsonElement.Parse("""{"a":2}"""), 1),
            ChangeHash.Of("rule", "/t", payload, 2),
        ];
        Assert.Equal(hashes.Length, hashes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(hashes, hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }

    [Fact]
    public void A_base_version_beyond_what_json_keeps_is_refused() =>
        Assert.Throws<ArgumentException>(() => ChangeHash.Of("rule", "/t", JsonElement.Parse("{}"), long.MaxValue));

    [Fact]
    public void Half_a_surrogate_pair_in_a_target_is_refused_and_not_replaced() =>
        Assert.Throws<ArgumentException>(() => ChangeHash.Of("rule", "/\ud800", JsonElement.Parse("{}"), 1));

    [Fact]
    public void Deep_nesting_is_refused_rather_than_overflowing() =>
        Assert.Throws<ArgumentException>(() =>
            CanonicalJson.Bytes(JsonElement.Parse(new string('[', 1_000) + new string(']', 1_000), new JsonDocumentOptions { MaxDepth = 2_000 }))
        );

    private static IEnumerable<string> Names(string list) => All.GetProperty(list).EnumerateArray().Select(one => one.GetProperty("name").GetString()!);

    private static JsonElement Find(string list, string name) =>
        All.GetProperty(list).EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
}
