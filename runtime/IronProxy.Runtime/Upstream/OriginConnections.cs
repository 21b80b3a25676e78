namespace IronProxy.Runtime.Upstream;

/// <summary>What the pool has for one origin.</summary>
internal sealed class OriginConnections
{
    /// <summary>Connections over HTTP/1.1 that nobody uses, the most recently used last.</summary>
    public LinkedList<Http1Connection> Idle { get; } = new();

    /// <summary>The client of HTTP/2, once the origin was asked over it.</summary>
    public Http2Client? Http2 { get; set; }

    /// <summary>When the origin chose HTTP/1.1 although HTTP/2 was offered; null when it did not.</summary>
    public long? ChoseHttp1At { get; set; }
}
