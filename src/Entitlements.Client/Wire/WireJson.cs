using System.Text.Json.Serialization;

namespace Entitlements.Client.Wire;

/// <summary>Reads and writes the wire types strictly: a member named twice is an error, an absent one too; unknown ones are ignored.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, MaxDepth = 32)]
[JsonSerializable(typeof(RedeemRequest))]
[JsonSerializable(typeof(EdgeRedeemRequest))]
[JsonSerializable(typeof(DownloadSession))]
[JsonSerializable(typeof(EdgeRedemption))]
[JsonSerializable(typeof(EdgeOpenRequest))]
[JsonSerializable(typeof(EdgeOpened))]
[JsonSerializable(typeof(EdgeContinueRequest))]
[JsonSerializable(typeof(IssuedEntitlement))]
[JsonSerializable(typeof(Problem))]
public sealed partial class WireJson : JsonSerializerContext;
