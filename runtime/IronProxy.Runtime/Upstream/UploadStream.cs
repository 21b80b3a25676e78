using IronProxy.Pipeline;

namespace IronProxy.Runtime.Upstream;

/// <summary>The side of a stream that a request's body is written to.</summary>
internal abstract class UploadStream : UnseekableStream
{
    public override bool CanRead => false;

    public override bool CanWrite => true;

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    public abstract override Task FlushAsync(CancellationToken cancellationToken);
}
