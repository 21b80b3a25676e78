using System.Net.Security;
using IronProxy.Pipeline;

namespace IronProxy.Runtime.Listeners;

/// <summary>The direction of TLS in which is sent: disposing it ends this direction (RFC 8446, 6.1), and leaves the other open.</summary>
/// <param name="tls">The connection, which belongs to its owner.</param>
internal sealed class TlsSendingSide(SslStream tls) : UnseekableStream
{
    private bool _ended;

    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => tls.WriteAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => tls.Write(buffer, offset, count);

    public override void Flush() => tls.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            _ended = true;
            await tls.ShutdownAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }
}
