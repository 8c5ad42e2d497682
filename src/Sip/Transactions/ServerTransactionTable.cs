namespace Tandem.Sip.Transactions;

/// <summary>The place of a server transaction in one table.</summary>
internal struct ServerTransactionLink
{
    public ServerTransaction? Next;
    public int Hash;
}

/// <summary>
/// A hash table of server transactions whose chains run through the transactions themselves: adding, finding and
/// removing allocate nothing, and keys stay in the stored messages.
/// </summary>
internal sealed class ServerTransactionTable(bool byCall)
{
    private const int InitialBuckets = 1024;

    private ServerTransaction?[] _buckets = new ServerTransaction?[InitialBuckets];

    public int Count { get; private set; }

    /// <summary>
    /// The first transaction with that hash or one that shares its chain; go on with <see cref="Next"/>.
    /// </summary>
    public ServerTransaction? First(int hash) => SkipTo(_buckets[hash & (_buckets.Length - 1)], hash);

    public ServerTransaction? Next(ServerTransaction transaction) =>
        SkipTo(LinkOf(transaction).Next, LinkOf(transaction).Hash);

    public void Add(ServerTransaction transaction, int hash)
    {
        if (Count >= _buckets.Length) Grow();
        ref var link = ref LinkOf(transaction);
        ref var bucket = ref _buckets[hash & (_buckets.Length - 1)];
        (link.Hash, link.Next, bucket) = (hash, bucket, transaction);
        Count++;
    }

    public void Remove(ServerTransaction transaction)
    {
        ref var at = ref _buckets[LinkOf(transaction).Hash & (_buckets.Length - 1)];
        while (at != transaction)
        {
            if (at is null) throw new InvalidOperationException("The transaction is not in the table.");
            at = ref LinkOf(at).Next;
        }

        at = LinkOf(transaction).Next;
        LinkOf(transaction).Next = null;
        Count--;
    }

    private ServerTransaction? SkipTo(ServerTransaction? transaction, int hash)
    {
        while (transaction is not null && LinkOf(transaction).Hash != hash) transaction = LinkOf(transaction).Next;
        return transaction;
    }

    private void Grow()
    {
        var old = _buckets;
        _buckets = new ServerTransaction?[old.Length * 2];
        foreach (var head in old)
        {
            for (var transaction = head; transaction is not null;)
            {
                ref var link = ref LinkOf(transaction);
                ref var bucket = ref _buckets[link.Hash & (_buckets.Length - 1)];
                var next = link.Next;
                (link.Next, bucket) = (bucket, transaction);
                transaction = next;
            }
        }
    }

    private ref ServerTransactionLink LinkOf(ServerTransaction transaction)
    {
        if (byCall) return ref transaction.ByCall;
        return ref transaction.ByKey;
    }
}
