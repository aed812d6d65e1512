namespace Entitlements.Edge.Downloads;

/// <summary>How many answers one session streams at once in this process; at most <see cref="PerSession"/>.</summary>
internal sealed class StreamSlots
{
    public const int PerSession = 4;

    private readonly Dictionary<string, int> _taken = [];
    private readonly Lock _gate = new();

    /// <returns>A place, given back when disposed; null when all are taken.</returns>
    public IDisposable? TryTake(string session)
    {
        lock (_gate)
        {
            var taken = _taken.GetValueOrDefault(session);
            if (taken >= PerSession)
            {
                return null;
            }

            _taken[session] = taken + 1;
            return new Slot(this, session);
        }
    }

    private void GiveBack(string session)
    {
        lock (_gate)
        {
            if (--_taken[session] == 0)
            {
                _taken.Remove(session);
            }
        }
    }

    private sealed class Slot(StreamSlots slots, string session) : IDisposable
    {
        private StreamSlots? _slots = slots;

        public void Dispose() => Interlocked.Exchange(ref _slots, null)?.GiveBack(session);
    }
}
