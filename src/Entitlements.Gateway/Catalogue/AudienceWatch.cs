using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Entitlements.Engine.Decisions;
using Entitlements.Gateway.Changes;
using Entitlements.Gateway.Hosting;
using Entitlements.Gateway.Storage;
using Entitlements.Gateway.Telling.People;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Entitlements.Gateway.Catalogue;

/// <summary>Section <c>Audience</c>.</summary>
internal sealed class AudienceOptions
{
    /// <summary>An alarm rises when an app reaches more than so many times as many people as were last approved. 1 to 100; default 1.5.</summary>
    [Range(1.0, 100.0)]
    public double AlarmRatio { get; set; } = 1.5;
}

/// <summary>
/// Alarms when an app reaches many more people than were approved, whether its rule was altered or its roles swelled underneath it. It only tells, and tells again when
/// the audience has grown by the same ratio once more. Many replicas run it; each alarm is given in the transaction that marks it as given.
/// </summary>
internal sealed class AudienceWatch(
    IServiceScopeFactory scopes,
    IOptions<AudienceOptions> options,
    AudienceTelemetry telemetry,
    TimeProvider clock,
    ILogger<AudienceWatch> log
) : Worker("Audiences", TimeSpan.FromMinutes(10), scopes, clock, log)
{
    /// <summary>Growth by fewer people than this is no alarm, whatever the ratio.</summary>
    private const int Fewest = 5;

    protected override Task ActAsync(CancellationToken stopping) => LookAsync();

    /// <summary>Looks at every app that is open to anybody; returns how many are beyond the ratio.</summary>
    internal async Task<int> LookAsync()
    {
        var open = await RecordAsync(write =>
            write
                .Db.Rules.AsNoTracking()
                .Where(r => r.Type == Resource.App && !write.Db.Tenants.Any(t => t.Id == r.Tenant && t.ExerciseOf != null))
                .OrderBy(r => r.Tenant)
                .ThenBy(r => r.App)
                .ThenBy(r => r.Action)
                .ToListAsync()
        );
        var grown = 0;
        foreach (var rule in open) // one at a time: nothing waits for all of them
        {
            grown += await RecordAsync(write => LookAtAsync(write, rule)) ? 1 : 0;
        }
        telemetry.Grown = grown;
        return grown;
    }

    private async Task<bool> LookAtAsync(WriteScope write, RuleRow rule)
    {
        var reached = await Exposure.CountAsync(write.Db, rule.Tenant, [rule.App], write.Now);
        if (!IsBeyond(reached, rule.ApprovedAudience))
        {
            return false;
        }
        await write.AloneAsync("audiences");
        var current = await write.Db.Rules.SingleOrDefaultAsync(r =>
            r.Tenant == rule.Tenant && r.Type == rule.Type && r.App == rule.App && r.Action == rule.Action && r.Version == rule.Version
        );
        if (current is not null && IsBeyond(reached, Math.Max(current.ApprovedAudience, current.AlarmedAudience)))
        {
            current.AlarmedAudience = reached;
            await TellAsync(write, rule, reached);
        }
        return true;
    }

    private bool IsBeyond(int reached, int known) => reached > options.Value.AlarmRatio * known && reached - known >= Fewest;

    /// <summary>The record says which app it is, no message does.</summary>
    private static async Task TellAsync(WriteScope write, RuleRow rule, int reached)
    {
        var target = $"{rule.Type}/{rule.App}/rule/{rule.Tenant}/{rule.Action}";
        write.Audit("audience.grown", rule.Tenant, "machine:entitlements", target, new { approved = rule.ApprovedAudience, reached });
        write.Tell("audience.grown", rule.Tenant, new { approved = rule.ApprovedAudience, reached });
        var reference = RandomIds.New("aud_");
        foreach (var key in await AppKeepers.OfAsync(write.Db, rule.Tenant, write.Now))
        {
            write.TellPerson(key, PersonMessage.Notice, isUrgent: false, reference);
        }
    }
}

/// <summary>How many apps reach many more people than were approved.</summary>
internal sealed class AudienceTelemetry
{
    private int _grown;

    public AudienceTelemetry(IMeterFactory meters) =>
        meters
            .Create("Entitlements.Audience")
            .CreateObservableGauge(
                "entitlements.audience.grown",
                () => Volatile.Read(ref _grown),
                unit: "{app}",
                description: "Apps that reach more than so many times as many people as were last approved, at the last look."
            );

    public int Grown
    {
        set => Volatile.Write(ref _grown, value);
    }
}
