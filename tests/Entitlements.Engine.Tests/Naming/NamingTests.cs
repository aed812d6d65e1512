using Entitlements.Engine.Naming;

namespace Entitlements.Engine.Tests.Naming;

public sealed class NamingTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("call-recorder")]
    [InlineData("a.b_c-9.")]
    public void An_id_is_lower_case_letters_digits_and_three_marks(string id) => Assert.True(NameId.IsValid(id));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-a")]
    [InlineData("_a")]
    [InlineData("Admin")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("a%2fb")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("\u0430dmin")]
    [InlineData("admin\u200b")]
    [InlineData("\u212a")]
    [InlineData("\u0661")]
    [InlineData("\u0131")]
    public void Anything_else_is_not_an_id(string? id) => Assert.False(NameId.IsValid(id));

    [Fact]
    public void An_id_has_at_most_64_characters()
    {
        Assert.True(NameId.IsValid(new string('a', 64)));
        Assert.False(NameId.IsValid(new string('a', 65)));
    }

    [Theory]
    [InlineData("call-recorder", "callrecorder")]
    [InlineData("call-recorder", "cal1_rec0rder")]
    [InlineData("call-recorder", "ca11.recorder")]
    [InlineData("admin", "adrnin")]
    [InlineData("admin", "adm1n")]
    [InlineData("admin", "ad-m.in")]
    [InlineData("admin", "adr-nin")]
    [InlineData("viewer", "vievver")]
    [InlineData("duty-roster", "duty-r0ster")]
    public void An_id_that_looks_like_another_has_its_skeleton(string id, string impostor) =>
        Assert.Equal(Lookalikes.SkeletonOfId(id), Lookalikes.SkeletonOfId(impostor));

    [Theory]
    [InlineData("Admin", "admin")]
    [InlineData("Admin", "ADMIN")]
    [InlineData("Admin", "\u0430dmin")] // Cyrillic a
    [InlineData("Admin", "\u0410D\u041CIN")] // Cyrillic capitals
    [InlineData("Admin", "\u0391DM\u0399\u039D")] // Greek capitals
    [InlineData("Admin", "admin\u200b")]
    [InlineData("Admin", "ad\u00admin")]
    [InlineData("Admin", "\u202eadmin\u202c")]
    [InlineData("Admin", "\ufeffad\u2060min")]
    [InlineData("Admin", "adm\u0131n")] // dotless i
    [InlineData("Admin", "ADM\u0130N")] // I with a dot
    [InlineData("Admin", "Adm|n")]
    [InlineData("Admin", "\uff21\uff44\uff4d\uff49\uff4e")] // full width
    [InlineData("Admin", "\U0001D400\U0001D41D\U0001D426\U0001D422\U0001D427")] // mathematical bold
    [InlineData("Admin", "\u24b6dmin")]
    [InlineData("Admin", "a\u0301dm\u00edn")]
    [InlineData("Admin", " A d-m_i.n ")]
    [InlineData("Keeper", "\u212aeeper")] // Kelvin sign
    [InlineData("Keeper", "\u041aeeper")]
    [InlineData("Officer", "O\ufb03cer")] // ligature
    [InlineData("Call recorder", "Call\u00a0Rec0rder")]
    [InlineData("Scope", "\u0455\u0441\u043e\u0440\u0435")] // all Cyrillic
    [InlineData("Tŷ", "ty\u0302")]
    public void A_name_that_looks_like_another_has_its_skeleton(string name, string impostor) =>
        Assert.Equal(Lookalikes.SkeletonOfName(name), Lookalikes.SkeletonOfName(impostor));

    [Fact]
    public void Names_that_look_different_have_different_skeletons()
    {
        string[] names =
        [
            "call-recorder",
            "crisis-line",
            "pocket-notebook",
            "duty-roster",
            "hostage-negotiator",
            "officer",
            "platform",
            "platform-admin",
            "role-admin",
            "app-owner",
            "approver",
            "data-protection-officer",
            "auditor",
            "service-desk",
            "northvale",
            "southmere",
            "\u65e5\u672c",
            "\u0436\u0448\u044d",
        ];
        Assert.Equal(names.Length, names.Select(Lookalikes.SkeletonOfName).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \u200b\u2060\u00ad")]
    [InlineData("...")]
    public void Nothing_visible_has_an_empty_skeleton(string name) => Assert.Equal("", Lookalikes.SkeletonOfName(name));

    [Fact]
    public void A_skeleton_is_its_own_skeleton_and_any_text_has_one()
    {
        var random = new Random(50);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(8)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 0x80 : 0x10000))]);
            var skeleton = Lookalikes.SkeletonOfName(text);
            Assert.Equal(skeleton, Lookalikes.SkeletonOfName(skeleton));
        }
    }
}
