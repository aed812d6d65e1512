namespace Entitlements.Engine.Naming;

/// <summary>The ids that this product names things by: apps, roles, tenants, versions.</summary>
public static class NameId
{
    /// <summary>Longest id, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>True for <c>[a-z0-9][a-z0-9._-]{0,63}</c>; such an id is safe in a path, a file name and a log line.</summary>
    public static bool IsValid(string? id)
    {
        if (id is null or { Length: 0 or > MaxLength } || !char.IsAsciiLetterLower(id[0]) && !char.IsAsciiDigit(id[0]))
        {
            return false;
        }
        foreach (var character in id)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('.' or '_' or '-'))
            {
                return false;
            }
        }
        return true;
    }
}
