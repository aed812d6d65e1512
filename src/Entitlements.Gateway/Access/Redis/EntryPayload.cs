using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Catalogue;

namespace Entitlements.Gateway.Access.Redis;

/// <summary>A ruling as bytes. Reading is strict, bounded and total: one way to write each ruling, and whatever else is read as none.</summary>
internal static class EntryPayload
{
    private const int MostRoles = 256;
    private const int MostEvidence = 1024;
    private const byte Allow = 1;
    private const byte Deny = 2;

    /// <summary>Every reason there is, one bit each.</summary>
    private static readonly uint Reasons = (uint)((1UL << Enum.GetValues<DenyReason>().Length) - 1);

    /// <returns>False where it does not fit into <paramref name="buffer"/>.</returns>
    public static bool TryWrite(Ruling ruling, Span<byte> buffer, out int length)
    {
        var to = new Writer(buffer);
        var truth = ruling.Truth;
        switch (ruling.Decision)
        {
            case Decision.Allow allow:
                to.Byte(Allow);
                to.Long(allow.By);
                break;
            case Decision.Deny deny:
                to.Byte(Deny);
                to.Long(deny.Reasons.Bits);
                break;
        }
        to.Long(ruling.Decision.HoldsUntil.UtcTicks);
        to.Long(ruling.JudgedAt.UtcTicks);
        to.Long(ruling.NotAfter.UtcTicks);
        to.Long(truth.Revision);
        to.Text(truth.Timeline);
        to.Flag(truth.SubjectKey is not null);
        to.Long(truth.SubjectKey ?? 0);
        to.Flag(truth.Restricted);
        to.Flag(truth.Observed);
        to.Flag(truth.Sensitive);
        to.Flag(truth.PersonProof);
        to.Flag(truth.IsRequestable);
        to.Byte((byte)truth.Distribution);
        to.Flag(truth.GuidanceVersion is not null);
        to.Long(truth.GuidanceVersion ?? 0);
        WriteRelease(ref to, truth.Release);
        to.Long(truth.Roles.Count);
        foreach (var role in truth.Roles)
        {
            to.Text(role);
        }
        to.Long(ruling.Evidence.Length);
        foreach (var scope in ruling.Evidence)
        {
            to.Long(unchecked((long)scope));
        }
        length = to.Length;
        return to.Fits && truth.Roles.Count <= MostRoles && ruling.Evidence.Length <= MostEvidence;
    }

    /// <returns>Null unless every byte of <paramref name="payload"/> is as <see cref="TryWrite"/> would have written it.</returns>
    public static Ruling? Read(ReadOnlySpan<byte> payload)
    {
        var from = new Reader(payload);
        var kind = from.Byte();
        var detail = from.Long();
        var holdsUntil = from.Instant();
        Decision? decision = kind switch
        {
            Allow when detail != 0 => new Decision.Allow(detail, holdsUntil),
            Deny when detail is > 0 and <= uint.MaxValue && ((uint)detail & ~Reasons) == 0 => new Decision.Deny(new((uint)detail), holdsUntil),
            _ => null,
        };
        var (judgedAt, notAfter, revision, timeline) = (from.Instant(), from.Instant(), from.Long(), from.Text());
        var subjectKey = from.Optional();
        var (restricted, observed, sensitive, personProof, requestable) = (from.Flag(), from.Flag(), from.Flag(), from.Flag(), from.Flag());
        var distribution = (Distribution)from.Byte();
        var guidance = from.Optional();
        var release = ReadRelease(ref from);
        var roles = new string[from.Count(MostRoles)];
        for (var i = 0; i < roles.Length && from.IsGood; i++)
        {
            roles[i] = from.Text();
        }
        var evidence = new ulong[from.Count(MostEvidence)];
        for (var i = 0; i < evidence.Length && from.IsGood; i++)
        {
            evidence[i] = unchecked((ulong)from.Long());
        }
        if (decision is null || !from.IsAtEnd || revision < 0 || !Enum.IsDefined(distribution) || guidance is < 0 or > int.MaxValue || evidence.Length == 0)
        {
            return null;
        }
        return new(
            decision,
            new(new(), revision, TenantGuard: 0, GlobalGuard: 0) // guards are for issuing, which never uses a cache
            {
                Timeline = timeline,
                SubjectKey = subjectKey,
                Restricted = restricted,
                Observed = observed,
                Sensitive = sensitive,
                PersonProof = personProof,
                IsRequestable = requestable,
                Distribution = distribution,
                GuidanceVersion = (int?)guidance,
                Release = release,
                Roles = roles,
            },
            judgedAt,
            notAfter,
            evidence
        );
    }

    private static void WriteRelease(ref Writer to, ReleaseTruth? release)
    {
        to.Flag(release is not null);
        if (release is not null)
        {
            to.Long(release.Key);
            to.Text(release.Version);
            to.Text(release.Platform);
            to.Flag(release.Sha256 is not null);
            to.Text(release.Sha256 ?? "");
            to.Flag(release.Size is not null);
            to.Long(release.Size ?? 0);
        }
    }

    private static ReleaseTruth? ReadRelease(ref Reader from)
    {
        if (!from.Flag())
        {
            return null;
        }
        var (key, version, platform) = (from.Long(), from.Text(), from.Text());
        return new(key, version, platform, from.OptionalText(), from.Optional());
    }

    private ref struct Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;

        public int Length { get; private set; }
        public bool Fits { get; private set; } = true;

        public void Byte(byte value)
        {
            if (Take(1, out var place))
            {
                place[0] = value;
            }
        }

        public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

        public void Long(long value)
        {
            if (Take(sizeof(long), out var place))
            {
                BinaryPrimitives.WriteInt64BigEndian(place, value);
            }
        }

        public void Text(string value)
        {
            if (!Take(sizeof(long), out var place))
            {
                return;
            }
            Fits &= Utf8.FromUtf16(value, _buffer[Length..], out _, out var size, replaceInvalidSequences: false) == OperationStatus.Done;
            BinaryPrimitives.WriteInt64BigEndian(place, size);
            Length += size;
        }

        private bool Take(int size, out Span<byte> place)
        {
            Fits &= size <= _buffer.Length - Length;
            place = Fits ? _buffer.Slice(Length, size) : default;
            Length += Fits ? size : 0;
            return Fits;
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> payload)
    {
        private ReadOnlySpan<byte> _left = payload;

        /// <summary>False once anything was not as it must be; what is read after that is nothing.</summary>
        public bool IsGood { get; private set; } = true;

        public readonly bool IsAtEnd => IsGood && _left.IsEmpty;

        public byte Byte() => Take(1) is [var value] ? value : (byte)0;

        public bool Flag()
        {
            var value = Byte();
            IsGood &= value <= 1;
            return value == 1;
        }

        public long Long() => Take(sizeof(long)) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt64BigEndian(bytes) : 0;

        /// <summary>Nothing is written as zero, so that there is one way to write it.</summary>
        public long? Optional()
        {
            var isThere = Flag();
            var value = Long();
            IsGood &= isThere || value == 0;
            return isThere ? value : null;
        }

        public string? OptionalText()
        {
            var isThere = Flag();
            var text = Text();
            IsGood &= isThere || text.Length == 0;
            return isThere ? text : null;
        }

        public DateTimeOffset Instant()
        {
            var ticks = Long();
            IsGood &= ticks is >= 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks;
            return IsGood ? new(ticks, TimeSpan.Zero) : default;
        }

        public int Count(int most)
        {
            var count = Long();
            IsGood &= count >= 0 && count <= most;
            return IsGood ? (int)count : 0;
        }

        public string Text()
        {
            var bytes = Take(Count(_left.Length));
            IsGood &= Utf8.IsValid(bytes);
            return IsGood ? Encoding.UTF8.GetString(bytes) : "";
        }

        private ReadOnlySpan<byte> Take(int size)
        {
            IsGood &= size <= _left.Length;
            if (!IsGood)
            {
                return default;
            }
            var taken = _left[..size];
            _left = _left[size..];
            return taken;
        }
    }
}
