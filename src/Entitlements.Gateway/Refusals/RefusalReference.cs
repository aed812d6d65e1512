using System.Security.Cryptography;

namespace Entitlements.Gateway.Refusals;

/// <summary>What somebody who was refused reads to the service desk: 60 random bits in twelve digits and letters, none of which looks like another.</summary>
internal static class RefusalReference
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 12;
    private const int Group = 4;

    /// <summary>In groups, as it is shown.</summary>
    public static string New() => string.Join('-', RandomNumberGenerator.GetString(Alphabet, Length).Chunk(Group).Select(group => new string(group)));

    /// <summary>As it is shown, from what was typed: in either case, with other gaps, and with letters for the digits they look like. Null where it is none.</summary>
    public static string? Read(string typed)
    {
        if (typed.Length > 4 * Length)
        {
            return null;
        }
        var plain = string.Concat(
            typed
                .Where(c => !char.IsWhiteSpace(c) && c is not ('-' or '.'))
                .Select(c =>
                    char.ToUpperInvariant(c) switch
                    {
                        'O' => '0',
                        'I' or 'L' => '1',
                        var other => other,
                    }
                )
        );
        return plain.Length == Length && plain.All(Alphabet.Contains) ? string.Join('-', plain.Chunk(Group).Select(group => new string(group))) : null;
    }
}
