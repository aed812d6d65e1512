namespace Entitlements.Gateway.Tests.Gateways;

internal static class Repository
{
    /// <summary>The folder that holds the solution: tests run inside it.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Entitlements.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("the tests are not run inside the repository");
        }
        return folder.FullName;
    }
}
