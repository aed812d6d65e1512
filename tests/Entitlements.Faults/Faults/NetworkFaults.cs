namespace Entitlements.Faults;

/// <summary>F5: one replica's own network, by its <see cref="Link"/>s.</summary>
internal static class NetworkFaults
{
    public static async Task AllAsync(Storm storm)
    {
        foreach (var ways in (Direction[])[Direction.Both, Direction.ToServer, Direction.ToClient])
        {
            await HeldAsync(storm, ways);
        }
        await CutOffAsync(storm);
        await SlowAsync(storm);
        var redis = storm.AnyReplica().Redis;
        redis.Hold(Direction.Both);
        await Storm.For(2);
        redis.Heal();
    }

    private static async Task HeldAsync(Storm storm, Direction ways)
    {
        var replica = storm.AnyReplica();
        replica.Database.Hold(ways);
        using (storm.Outage([replica.Index]))
        {
            await Storm.For(3);
        }
        replica.Database.Cut(); // half-open connections have had their time
        replica.Database.Heal();
        await Storm.For(1);
    }

    private static async Task CutOffAsync(Storm storm)
    {
        var replica = storm.AnyReplica();
        replica.Database.Refusing = true;
        replica.Database.Cut();
        using (storm.Outage([replica.Index]))
        {
            await Storm.For(2);
        }
        replica.Database.Heal();
        await Storm.For(1);
    }

    private static async Task SlowAsync(Storm storm)
    {
        var replica = storm.AnyReplica();
        replica.Database.Delay = TimeSpan.FromMilliseconds(200);
        await Storm.For(2);
        replica.Database.Delay = TimeSpan.Zero;
        replica.Database.BytesPerSecond = 20_000;
        await Storm.For(2);
        replica.Database.Heal();
    }
}
