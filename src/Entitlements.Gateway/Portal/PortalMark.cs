namespace Entitlements.Gateway.Portal;

/// <summary>On a route that is a page for people: its callers are told by their session, and refusals are pages. Also on a request that a page handed on.</summary>
internal sealed class PortalMark;
