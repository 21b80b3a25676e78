using System.Net.Security;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// TLS to an upstream. HTTP/2 is spoken by a client that closes its connections when it likes: the permit ends with the stream,
/// whoever closes it.
/// </summary>
/// <param name="inner">The connection.</param>
/// <param name="permit">The right to it.</param>
internal sealed class UpstreamTlsStream(Stream inner, UpstreamPermit permit) : SslStream(inner)
{
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
