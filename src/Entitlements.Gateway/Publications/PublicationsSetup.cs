namespace Entitlements.Gateway.Publications;

internal static class PublicationsSetup
{
    public static void AddPublications(this WebApplicationBuilder builder) => builder.Services.AddRazorComponents(); // the record as a page
}
