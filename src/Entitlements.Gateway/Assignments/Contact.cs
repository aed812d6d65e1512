using System.Text.RegularExpressions;
using Entitlements.Gateway.Hosting;

namespace Entitlements.Gateway.Assignments;

/// <summary>What counts as an address of a person.</summary>
internal static partial class Contact
{
    /// <summary>Longest mail address (RFC 5321 §4.5.3.1, less the brackets).</summary>
    public const int LongestMail = 254;

    /// <summary>A bare mail address in ASCII, without display name, quotes or comments.</summary>
    public static bool IsMail(string? text) => text is { Length: <= LongestMail } && Mail.IsMatch(text);

    /// <summary>An international number: <c>+</c> and 8 to 15 digits (E.164).</summary>
    public static bool IsMobile(string? text) => text is not null && Mobile.IsMatch(text);

    /// <summary>400 where one of the two is given and is no address.</summary>
    public static IResult? FaultOf(string? mail, string? mobile) =>
        mail is not null && !IsMail(mail) ? Problems.BadRequest(("/email", "must be one mail address, without a name"))
        : mobile is not null && !IsMobile(mobile) ? Problems.BadRequest(("/mobile", "must be an international number: + and 8 to 15 digits"))
        : null;

    [GeneratedRegex(
        @"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\z",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Mail { get; }

    [GeneratedRegex(@"\A\+[1-9][0-9]{7,14}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Mobile { get; }
}

/// <summary>Which channel a person is told by first.</summary>
internal enum TellBy
{
    Mail,
    Sms,
}
