namespace IronProxy.Pipeline;

/// <summary>A body that is in memory.</summary>
/// <param name="bytes">The bytes.</param>
public sealed class BytesBody(ReadOnlyMemory<byte> bytes) : ResponseBody
{
    private ReadOnlyMemory<byte> _left = bytes;

    /// <inheritdoc />
    public override long? Length { get; } = bytes.Length;

    /// <inheritdoc />
    public override bool MayHaveTrailers => false;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => [];

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var length = Math.Min(buffer.Length, _left.Length);
        _left[..length].CopyTo(buffer);
        _left = _left[length..];
        return new(length);
    }
}
