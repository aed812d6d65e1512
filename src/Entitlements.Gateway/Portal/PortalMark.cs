namespace Entitlements.Gateway.Portal;

/// <summary>On a route that is a page for people: its callers are told by their session, and refusals are pages.</summary>
internal sealed class PortalMark;
