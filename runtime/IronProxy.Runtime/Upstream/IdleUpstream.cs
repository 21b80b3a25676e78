namespace IronProxy.Runtime.Upstream;

/// <summary>What the pool may close when nobody uses it.</summary>
/// <param name="origin">Where it leads.</param>
internal abstract class IdleUpstream(UpstreamOrigin origin)
{
    private LinkedListNode<IdleUpstream>? _node;

    /// <summary>Where it leads.</summary>
    public UpstreamOrigin Origin { get; } = origin;

    /// <summary>Its place among all that are idle, the least recently used first.</summary>
    public LinkedListNode<IdleUpstream> Node => _node ??= new LinkedListNode<IdleUpstream>(this);

    /// <summary>Since when it is idle.</summary>
    public long IdleSince { get; set; }

    /// <summary>Closes it at once.</summary>
    public abstract void Close();
}
