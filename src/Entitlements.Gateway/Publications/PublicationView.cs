using System.Text.Json.Nodes;
using Entitlements.Gateway.Changes;

namespace Entitlements.Gateway.Publications;

/// <summary>One publication, as its list has it.</summary>
/// <param name="Change">Its id, and the change's.</param>
internal sealed record PublicationSummary(string Change, string Kind, DateTimeOffset At, string Proposer, string Reason, Audience Audience, int Reached);

/// <summary>The whole record of one: who opened what to whom, when, why and on what grounds.</summary>
/// <param name="Change">What was proposed, by whom and why, with the votes.</param>
/// <param name="Shown">What each voter was shown of it, by person: the change as it stood when they voted.</param>
/// <param name="Stands">The app with it, at that instant.</param>
internal sealed record PublicationView(string App, string Tenant, DateTimeOffset At, ChangeView Change, IReadOnlyList<ShownView> Shown, AppAsPublished Stands);

/// <summary>What somebody was shown before they voted.</summary>
/// <param name="Change">The change as a <see cref="ChangeView"/>.</param>
internal sealed record ShownView(string Person, string Function, DateTimeOffset At, JsonNode? Change);
