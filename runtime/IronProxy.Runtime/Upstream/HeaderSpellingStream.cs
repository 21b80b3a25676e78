namespace IronProxy.Runtime.Upstream;

/// <summary>
/// The plaintext side of an HTTP/1.1 connection to an upstream. It passes everything through, and spells the header names of
/// a request that asks for it: the head is held back until it is whole, and only bytes before its empty line are touched.
/// </summary>
/// <param name="inner">The connection.</param>
internal sealed class HeaderSpellingStream(Stream inner) : Stream
{
    private MemoryStream? _head;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.ReadAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        HeaderSpelling.Current is { Done: false } spelling
            ? WriteHeadAsync(spelling, buffer, cancellationToken)
            : inner.WriteAsync(buffer, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _head?.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        _head?.Dispose();
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask WriteHeadAsync(HeaderSpelling spelling, ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        _head ??= new MemoryStream();
        _head.Write(buffer.Span);
        var bytes = _head.GetBuffer().AsMemory(0, (int)_head.Length);
        var end = bytes.Span.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return;
        }

        spelling.Apply(bytes.Span[..(end + 2)]);
        spelling.Done = true;
        _head = null;
        await inner.WriteAsync(bytes, cancellation).ConfigureAwait(false);
    }
}
