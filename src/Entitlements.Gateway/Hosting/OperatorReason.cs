namespace Entitlements.Gateway.Hosting;

/// <summary><c>--reason</c> of a command: why an operator does what they do goes into the log.</summary>
internal static class OperatorReason
{
    /// <exception cref="SettingsException">None was given, or none that one line of the log can hold.</exception>
    public static string ReasonFor(this IConfiguration settings, string command) =>
        settings["reason"] is { Length: <= 500 } reason && !string.IsNullOrWhiteSpace(reason) && !reason.Any(char.IsControl)
            ? reason
            : throw new SettingsException($"{command}: give --reason \"why\", one line of at most 500 characters; it goes into the log.");
}
