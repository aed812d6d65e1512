using Entitlements.Gateway.Requests;

namespace Entitlements.Gateway.Portal.Shared;

/// <summary>Who is asked, in words.</summary>
internal static class ApproverWords
{
    public static string Of(ApproverBody approver, Language l) =>
        approver switch
        {
            { Role: { } role } => l[$"Anybody who holds {role.Value}", $"Unrhyw un sy'n dal {role.Value}"],
            { Subject: { } subject } => subject.Value,
            { Rota: { } rota } => l[$"Whoever is on duty by the rota {rota.Value}", $"Pwy bynnag sydd ar ddyletswydd yn ôl y rota {rota.Value}"],
            _ => l["Your line manager", "Eich rheolwr llinell"],
        };
}
