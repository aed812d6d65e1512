namespace Entitlements.Gateway.Storage;

/// <summary>SQLite writes one at a time; callers queue here rather than poll the file's lock.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    public async Task<IDisposable> TakeTurnAsync()
    {
        await _turn.WaitAsync();
        return new Turn(_turn);
    }

    public void Dispose() => _turn.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
