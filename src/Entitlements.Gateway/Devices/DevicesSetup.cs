using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Devices;

internal static class DevicesSetup
{
    public static void AddDevices(this WebApplicationBuilder builder)
    {
        builder.Services.AddAlteration<DeviceAlteration>("device.put");
        builder.Services.AddAlteration<DeviceRemoval>("device.delete");
        builder.Services.AddAlteration<DeviceEnrolment>("device.enrol");
    }

    public static void MapDevices(this IEndpointRouteBuilder routes)
    {
        routes.MapDeviceRecords();
        routes.MapOwnDevices();
    }
}
