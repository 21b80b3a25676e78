using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using IronProxy.Pipeline;
using IronProxy.Runtime.Protocols.Tls;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// The connection below TLS, which knows whether what was received ends with a record (RFC 8446, 5.1: a type, a version and two bytes of length).
/// TLS keeps the beginning of a record to itself until the rest is there: an idle connection seems quiet above it, and is not.
/// </summary>
/// <param name="inner">The connection.</param>
internal sealed class TlsRecordStream(Stream inner) : UnseekableStream
{
    private const int HeaderLength = 5;
    private const int LengthOffset = 3;
    private const int AlertLength = 2;
    private const byte AlertType = 21;

    private readonly byte[] _header = new byte[HeaderLength];
    private int _headerRead;
    private int _left;
    private volatile bool _isBetweenRecords = true;

    /// <summary>The connection.</summary>
    public Stream Inner => inner;

    /// <summary>Whether all records that were begun have ended.</summary>
    public bool IsBetweenRecords => _isBetweenRecords;

    /// <summary>The last alert that came in the clear, if any. Behind a handshake all are encrypted.</summary>
    public TlsAlert? Alert { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? ValueTask.FromResult(Follow(buffer, read.Result)) : WaitAsync(read, buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Follow(buffer.AsMemory(offset), inner.Read(buffer, offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(ValueTask<int> read, Memory<byte> buffer) => Follow(buffer, await read.ConfigureAwait(false));

    private int Follow(Memory<byte> buffer, int read)
    {
        for (var bytes = buffer.Span[..read]; !bytes.IsEmpty;)
        {
            var take = Math.Min(bytes.Length, _left > 0 ? _left : HeaderLength - _headerRead);
            if (_left > 0)
            {
                _left -= take;
                if (_left == 0 && _header[0] == AlertType && BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(LengthOffset)) == AlertLength)
                {
                    Alert = (TlsAlert)bytes[take - 1]; // Its second byte.
                }
            }
            else
            {
                bytes[..take].CopyTo(_header.AsSpan(_headerRead));
                _headerRead += take;
                if (_headerRead == HeaderLength)
                {
                    _left = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(LengthOffset));
                    _headerRead = 0;
                }
            }

            bytes = bytes[take..];
        }

        _isBetweenRecords = _left == 0 && _headerRead == 0;
        return read;
    }
}
