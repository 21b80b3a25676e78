using System.Net.Security;

namespace IronProxy.Certificates;

/// <summary>A minted leaf.</summary>
/// <param name="Context">What a TLS handshake uses.</param>
/// <param name="RenewAt">From when on another one is to be minted.</param>
internal sealed record MintedLeaf(SslStreamCertificateContext Context, DateTimeOffset RenewAt);

/// <summary>
/// Leaves by name, at most so many, the least recently used dropped first. The lock is held to look and to note, never while
/// something is minted.
/// </summary>
internal sealed class LeafStore(int capacity, TimeProvider time, Func<LeafName, MintedLeaf> mint, TokenBucket limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LeafName, LinkedListNode<Entry>> _byName = [];
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>The context of a name, when it is there and good for a while.</summary>
    public SslStreamCertificateContext? TryGet(LeafName name)
    {
        lock (_lock)
        {
            return Find(name) is { Minting.IsCompletedSuccessfully: true } entry ? entry.Minting.Result.Context : null;
        }
    }

    /// <summary>The context of a name.</summary>
    public ValueTask<SslStreamCertificateContext> GetAsync(LeafName name, CancellationToken cancellationToken)
    {
        Task<MintedLeaf> minting;
        lock (_lock)
        {
            var entry = Find(name);
            if (entry is null)
            {
                if (!limit.TryTake())
                {
                    return ValueTask.FromException<SslStreamCertificateContext>(new LeafRateLimitException());
                }

                entry = Add(name);
            }

            minting = entry.Minting;
        }

        return minting.IsCompletedSuccessfully
            ? ValueTask.FromResult(minting.Result.Context)
            : WaitAsync(minting, cancellationToken);
    }

    private static async ValueTask<SslStreamCertificateContext> WaitAsync(Task<MintedLeaf> minting, CancellationToken cancellationToken) =>
        (await minting.WaitAsync(cancellationToken)).Context;

    /// <summary>The entry of a name that is minted or being so; an old or a failed one is dropped.</summary>
    private Entry? Find(LeafName name)
    {
        if (!_byName.TryGetValue(name, out var node))
        {
            return null;
        }

        var minting = node.Value.Minting;
        if (minting.IsFaulted || (minting.IsCompleted && time.GetUtcNow() >= minting.Result.RenewAt))
        {
            Remove(node);
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    private Entry Add(LeafName name)
    {
        if (_byName.Count == capacity)
        {
            Remove(_byUse.Last!); // The capacity is at least one.
        }

        // On a thread of its own, so that neither the lock nor the caller who came first waits in the place of the others.
        var entry = new Entry(name, Task.Run(() => mint(name)));
        _byName.Add(name, _byUse.AddFirst(entry));
        return entry;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _byName.Remove(node.Value.Name);
    }

    private sealed record Entry(LeafName Name, Task<MintedLeaf> Minting);
}
