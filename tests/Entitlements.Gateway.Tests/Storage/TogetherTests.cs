using Entitlements.Gateway.Storage;
using Npgsql;

namespace Entitlements.Gateway.Tests.Storage;

/// <summary>Readings that share a round trip: nobody gets an answer from before they asked, and nobody suffers for what another asked.</summary>
public sealed class TogetherTests
{
    private readonly List<(int[] Asks, TaskCompletionSource<string[]> Answers)> _readings = [];

    private Together<int, string> Reader() =>
        new(asks =>
        {
            var answers = new TaskCompletionSource<string[]>();
            _readings.Add(([.. asks], answers));
            return answers.Task;
        });

    [Fact]
    public async Task Who_asks_during_a_reading_is_read_for_in_the_next_one_with_all_others()
    {
        var reader = Reader();
        var first = reader.AskAsync(1);
        var (second, third) = (reader.AskAsync(2), reader.AskAsync(3));
        Assert.Equal(
            [
                [1],
            ],
            _readings.Select(reading => reading.Asks)
        ); // begun at once: nobody waits for company
        Answer(0);
        Assert.Equal("1 of 0", await first);
        Assert.Equal([2, 3], _readings[1].Asks);
        Answer(1);
        Assert.Equal(("2 of 1", "3 of 1"), (await second, await third));
        var last = reader.AskAsync(4);
        Answer(2);
        Assert.Equal("4 of 2", await last);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_heard_by_the_one_who_asked_it()
    {
        var reader = Reader();
        var first = reader.AskAsync(1);
        var (second, third) = (reader.AskAsync(2), reader.AskAsync(3));
        Answer(0);
        await first;
        _readings[1].Answers.SetException(new PostgresException("no such character", "ERROR", "ERROR", PostgresErrorCodes.CharacterNotInRepertoire));
        _readings[2].Answers.SetException(new PostgresException("no such character", "ERROR", "ERROR", PostgresErrorCodes.CharacterNotInRepertoire));
        Answer(3);
        await Assert.ThrowsAsync<PostgresException>(() => second);
        Assert.Equal("3 of 3", await third);
    }

    [Fact]
    public async Task A_database_that_is_away_is_asked_once_for_all()
    {
        var reader = Reader();
        var first = reader.AskAsync(1);
        var (second, third) = (reader.AskAsync(2), reader.AskAsync(3));
        Answer(0);
        await first;
        _readings[1].Answers.SetException(new NpgsqlException("gone", new IOException()));
        await Assert.ThrowsAsync<NpgsqlException>(() => second);
        await Assert.ThrowsAsync<NpgsqlException>(() => third);
        Assert.Equal(2, _readings.Count);
        var next = reader.AskAsync(4);
        Answer(2);
        Assert.Equal("4 of 2", await next);
    }

    private void Answer(int reading) => _readings[reading].Answers.SetResult([.. _readings[reading].Asks.Select(ask => $"{ask} of {reading}")]);
}
