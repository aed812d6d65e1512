using QRCoder;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>A picture that a phone's camera reads as an address.</summary>
internal static class Qr
{
    /// <summary>SVG without inline style.</summary>
    public static string Of(string address)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(address, QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(code);
        return picture.GetGraphic(new System.Drawing.Size(240, 240), "#000000", "#ffffff", sizingMode: SvgQRCode.SizingMode.ViewBoxAttribute);
    }
}
