using System.Security.Cryptography;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Access;
using Entitlements.Gateway.Access.Redis;
using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Tests.Redis;

/// <summary>What is sealed opens as it was, for the question, the keys and the build it was sealed with; everything else is refused without an exception.</summary>
public sealed class EntryTests
{
    private const string Question = "5:north4:user7:officer-1:";
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(MacKeys.Size);
    private static readonly byte[] Name = Entry.NameOf(Question, Key);
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Ruling Full = new(
        new Decision.Allow(7, DateTimeOffset.MaxValue),
        new(new(), 42, 0, 0)
        {
            Timeline = "00000001",
            SubjectKey = 12,
            Restricted = true,
            Sensitive = true,
            PersonProof = true,
            Distribution = Distribution.ManagedStore,
            GuidanceVersion = 3,
            Release = new(9, "1.0 β", "android", new string('a', 64), 1234),
            Roles = ["beat", "öl"],
        },
        Noon,
        Noon.AddMinutes(5),
        [1, ulong.MaxValue]
    );

    private static readonly Ruling Bare = new(
        new Decision.Deny(new DenyReasons().With(DenyReason.DeviceLimitReached).With(DenyReason.NotAvailable), Noon.AddTicks(1)),
        new(new(), 0, 0, 0),
        Noon,
        Noon.AddTicks(1),
        [3]
    );

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_sealed_opens_as_it_was(bool full)
    {
        var ruling = full ? Full : Bare;
        var opened = Open(Sealed(ruling)).Ruling!;
        Assert.Equal(ruling.Decision, opened.Decision);
        Assert.Equivalent(ruling, opened, strict: true);
    }

    [Fact]
    public void It_opens_for_its_question_its_build_and_its_keys_alone()
    {
        var entry = Sealed(Full);
        byte[] other = RandomNumberGenerator.GetBytes(MacKeys.Size);
        Assert.NotNull(Entry.Open(Question, Name, entry, [other, Key], Entry.Build.Span).Ruling);
        Assert.Equal((null, Rejection.Mac), Entry.Open(Question, Name, entry, [other], Entry.Build.Span));
        Assert.Equal((null, Rejection.Mac), Entry.Open(Question + "x", Name, entry, [Key], Entry.Build.Span));
        Assert.Equal((null, Rejection.Key), Entry.Open(Question, other, entry, [Key], Entry.Build.Span));
        Assert.Equal((null, Rejection.Version), Entry.Open(Question, Name, entry, [Key], other.AsSpan(0, Entry.BuildSize)));
    }

    [Fact]
    public void Parts_that_join_to_the_same_text_are_different_questions()
    {
        string[] questions = ["1:a2:bc", "2:ab1:c", "a|b", "a", "a\0", "\ud800", "\ud801", new string('k', 1024)];
        Assert.Equal(questions.Length, questions.Select(q => Convert.ToHexString(Entry.NameOf(q, Key))).Distinct(StringComparer.Ordinal).Count());
        Assert.All(questions, q => Assert.Equal((null, Rejection.Mac), Entry.Open(q, Name, Sealed(Full), [Key], Entry.Build.Span)));
    }

    [Fact]
    public void What_is_too_long_or_cannot_be_written_is_not_kept()
    {
        var truth = Full.Truth;
        Assert.Null(Entry.Seal(Question, Name, Full with { Truth = truth with { Roles = [new string('x', Entry.Longest)] } }, Key, Entry.Build.Span));
        Assert.Null(Entry.Seal(Question, Name, Full with { Truth = truth with { Roles = [.. Enumerable.Repeat("", 257)] } }, Key, Entry.Build.Span));
        Assert.Null(Entry.Seal(Question, Name, Full with { Truth = truth with { Roles = ["\ud800"] } }, Key, Entry.Build.Span));
        Assert.Equal((null, Rejection.Malformed), Open(new byte[Entry.Longest + 1]));
    }

    [Fact]
    [Trait("Abuse", "9")]
    public void No_bit_and_no_byte_of_an_entry_can_be_changed()
    {
        foreach (var ruling in new[] { Full, Bare })
        {
            var entry = Sealed(ruling);
            for (var bit = 0; bit < entry.Length * 8; bit++)
            {
                var changed = entry.ToArray();
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.Null(Open(changed).Ruling);
            }
            for (var length = 0; length < entry.Length; length++)
            {
                Assert.Null(Open(entry[..length]).Ruling);
                Assert.Null(Open([.. entry[..length], 0, .. entry[length..]]).Ruling);
            }
        }
    }

    /// <summary>Behind a good seal, too: what reads is as it was written, byte for byte, or is nothing.</summary>
    [Fact]
    public void A_ruling_reads_back_to_the_same_bytes_or_not_at_all()
    {
        var random = new Random(20260301);
        var buffer = new byte[Entry.Longest];
        var read = 0;
        for (var round = 0; round < 200_000; round++)
        {
            Assert.True(EntryPayload.TryWrite(round % 2 == 0 ? Full : Bare, buffer, out var length));
            var payload = Mutated(buffer[..length], random);
            if (EntryPayload.Read(payload) is { } ruling)
            {
                read++;
                Assert.True(EntryPayload.TryWrite(ruling, buffer, out length));
                Assert.Equal(payload, buffer[..length]);
            }
        }
        Assert.InRange(read, 1, 199_999);
    }

    private static byte[] Mutated(byte[] payload, Random random)
    {
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(payload.Length);
            switch (random.Next(4))
            {
                case 0:
                    payload[at] = (byte)random.Next(256);
                    break;
                case 1:
                    payload = payload[..Math.Max(at, 1)];
                    break;
                case 2:
                    payload = [.. payload[..at], (byte)random.Next(256), .. payload[at..]];
                    break;
                default:
                    payload.AsSpan(at, Math.Min(8, payload.Length - at)).Fill(random.Next(2) == 0 ? (byte)0 : (byte)255);
                    break;
            }
        }
        return payload;
    }

    private static byte[] Sealed(Ruling ruling) => Entry.Seal(Question, Name, ruling, Key, Entry.Build.Span)!;

    private static (Ruling? Ruling, Rejection Cause) Open(byte[] entry) => Entry.Open(Question, Name, entry, [Key], Entry.Build.Span);
}
