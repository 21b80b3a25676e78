using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>A body that was read whole, or another one in its place, and the trailers that came behind it.</summary>
/// <param name="bytes">The bytes.</param>
/// <param name="read">What was read.</param>
internal sealed class HeldBody(ReadOnlyMemory<byte> bytes, ResponseBody read) : ResponseBody
{
    private const int FirstBufferSize = 4 * 1024;

    private readonly BytesBody _bytes = new(bytes);

    /// <inheritdoc />
    public override long? Length => _bytes.Length;

    /// <inheritdoc />
    public override bool MayHaveTrailers => read.MayHaveTrailers;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => read.Trailers.Where(static line => !EndToEndNames.DescribesBytes(line.Key));

    /// <summary>Reads a whole body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="limit">Largest size in bytes.</param>
    /// <param name="reserve">Reserves memory before it is taken; false when there is none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The bytes, or why the response is not sent.</returns>
    /// <exception cref="IOException">It broke off.</exception>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Reason? Refusal)> ReadAsync(ResponseBody body, long limit, Func<long, bool> reserve, CancellationToken cancellation)
    {
        byte[] whole = [];
        var length = 0;
        while (true)
        {
            if (length == whole.Length)
            {
                // One byte more than the limit tells a body that has it from one that is over it.
                var size = Math.Min(Math.Max(FirstBufferSize, 2L * whole.Length), Math.Min(limit + 1, Array.MaxLength));
                if (size <= length)
                {
                    return (default, Reason.ResponseTooLarge);
                }

                if (!reserve(size - whole.Length))
                {
                    return (default, Reason.BodyMemory);
                }

                Array.Resize(ref whole, (int)size);
            }

            var read = await body.ReadAsync(whole.AsMemory(length), cancellation).ConfigureAwait(false);
            length += read;
            if (read == 0)
            {
                return length > limit ? (default, Reason.ResponseTooLarge) : (whole.AsMemory(0, length), null);
            }
        }
    }

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation) => _bytes.ReadAsync(buffer, cancellation);
}
