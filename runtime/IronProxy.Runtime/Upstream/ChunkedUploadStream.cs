using System.Buffers;
using System.Buffers.Text;

namespace IronProxy.Runtime.Upstream;

/// <summary>Writes a body whose length is not known: each piece as a chunk (RFC 9112, 7.1).</summary>
/// <param name="inner">Where it goes.</param>
internal sealed class ChunkedUploadStream(Stream inner) : UploadStream
{
    private const int Frame = 8 + 2 + 2; // Hexadecimal digits of an int, and two line ends.

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // An empty chunk would be the last one.
        if (buffer.IsEmpty)
        {
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(buffer.Length + Frame);
        try
        {
            await inner.WriteAsync(rented.AsMemory(0, Format(buffer.Span, rented)), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <summary>Ends the body.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellation) => inner.WriteAsync("0\r\n\r\n"u8.ToArray(), cancellation);

    private static int Format(ReadOnlySpan<byte> data, Span<byte> to)
    {
        Utf8Formatter.TryFormat(data.Length, to, out var length, 'x'); // Rented with room for it.
        "\r\n"u8.CopyTo(to[length..]);
        data.CopyTo(to[(length + 2)..]);
        length += 2 + data.Length;
        "\r\n"u8.CopyTo(to[length..]);
        return length + 2;
    }
}
