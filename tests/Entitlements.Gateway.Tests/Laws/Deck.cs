namespace Entitlements.Gateway.Tests.Laws;

/// <summary>Deals operations like cards: in random order, and each as often as it is meant to come before any comes again.</summary>
internal sealed class Deck(IReadOnlyList<Drawn> operations, Random random)
{
    private readonly Queue<Drawn> _cards = new();

    /// <summary>The next operation that the world has something for.</summary>
    public (string Operation, Write Write) Deal(Draft draft)
    {
        while (true)
        {
            if (_cards.Count == 0)
            {
                var cards = operations.SelectMany(o => Enumerable.Repeat(o, o.Often)).ToArray();
                random.Shuffle(cards);
                foreach (var card in cards)
                {
                    _cards.Enqueue(card);
                }
            }
            var next = _cards.Dequeue();
            if (next.Make(draft) is { } write)
            {
                return (next.Operation, write);
            }
        }
    }
}
