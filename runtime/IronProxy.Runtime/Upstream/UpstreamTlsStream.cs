using System.Net.Security;
using System.Net.Sockets;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// TLS to an upstream. HTTP/2 is spoken by a client that closes its connections when it likes: the permit ends with the stream,
/// whoever closes it.
/// </summary>
/// <param name="records">The connection.</param>
/// <param name="permit">The right to it.</param>
internal sealed class UpstreamTlsStream(TlsRecordStream records, UpstreamPermit permit) : SslStream(records)
{
    /// <summary>The socket below.</summary>
    public Socket Socket => records.Inner is UpstreamTlsStream tls ? tls.Socket : ((NetworkStream)records.Inner).Socket; // What was dialled is a connected socket.

    /// <summary>Whether nothing of a record was received whose end has not come.</summary>
    public bool IsBetweenRecords => records.IsBetweenRecords;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        permit.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        permit.Dispose();
    }
}
