using System.Data.Common;

namespace Entitlements.Gateway.Storage;

/// <summary>
/// Readings that share a round trip: who asks while all lanes are under way is read for, with everybody else who came meanwhile, as soon as one is
/// back. Nobody waits for company, and nobody is answered from a reading that began before they asked.
/// </summary>
internal sealed class Together<TAsk, TAnswer>(Func<IReadOnlyList<TAsk>, Task<TAnswer[]>> read)
{
    /// <summary>Asks in one reading.</summary>
    private const int Most = 64;

    /// <summary>Readings under way at the same time.</summary>
    private const int Lanes = 1;

    private readonly Queue<(TAsk Ask, TaskCompletionSource<TAnswer> Answer)> _waiting = [];
    private int _lanes;

    public Task<TAnswer> AskAsync(TAsk ask)
    {
        var answer = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
        {
            _waiting.Enqueue((ask, answer));
            if (_lanes == Lanes)
            {
                return answer.Task;
            }
            _lanes++;
        }
        _ = RunAsync();
        return answer.Task;
    }

    private async Task RunAsync()
    {
        while (Next() is { Length: > 0 } group)
        {
            await ServeAsync(group);
        }
    }

    /// <summary>None: the lane is given up, and who asks next takes it.</summary>
    private (TAsk Ask, TaskCompletionSource<TAnswer> Answer)[] Next()
    {
        lock (_waiting)
        {
            var group = new (TAsk, TaskCompletionSource<TAnswer>)[Math.Min(Most, _waiting.Count)];
            for (var i = 0; i < group.Length; i++)
            {
                group[i] = _waiting.Dequeue();
            }
            _lanes -= group.Length == 0 ? 1 : 0;
            return group;
        }
    }

    private async Task ServeAsync((TAsk Ask, TaskCompletionSource<TAnswer> Answer)[] group)
    {
        try
        {
            var answers = await read(Array.ConvertAll(group, one => one.Ask));
            for (var i = 0; i < group.Length; i++)
            {
                group[i].Answer.SetResult(answers[i]);
            }
        }
        catch (Exception fault) when (group.Length == 1 || fault is DbException { IsTransient: true })
        {
            Array.ForEach(group, one => one.Answer.SetException(fault));
        }
        catch (Exception) // something that one of them asked: nobody else is to suffer for it
        {
            foreach (var one in group)
            {
                await ServeAsync([one]);
            }
        }
    }
}
