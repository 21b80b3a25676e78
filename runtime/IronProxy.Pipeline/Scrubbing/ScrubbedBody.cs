using System.Buffers;
using System.Runtime.CompilerServices;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>A body and trailers without the values that must not come back.</summary>
/// <param name="inner">The body as it came, without its coding.</param>
/// <param name="scrubbers">Takes them out.</param>
/// <param name="format">How replacements are written.</param>
/// <param name="report">What was found.</param>
internal sealed class ScrubbedBody(ResponseBody inner, ScrubberChain scrubbers, ScrubFormat format, ScrubReport report)
    : ResponseBodyFilter(inner)
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _sent;
    private bool _begun;
    private bool _ended;

    /// <inheritdoc />
    public override long? Length => format == ScrubFormat.SameLength ? Inner.Length : null;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers =>
        scrubbers.Scrubbers.Aggregate(Inner.Trailers, (lines, scrubber) => ScrubbedLines.OfTrailers(lines, scrubber, report));

    /// <inheritdoc />
    /// <exception cref="BrokenResponseException">Values have changed too often.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (!_begun)
        {
            scrubbers.Begin(format); // Not before: the head was scrubbed with it.
            _begun = true;
        }

        while (_sent == _output.WrittenCount)
        {
            if (_ended)
            {
                return 0;
            }

            _output.ResetWrittenCount();
            _sent = 0;
            var read = await Inner.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                scrubbers.End(_output);
                _ended = true;
            }
            else if (scrubbers.Take(buffer.Span[..read], _output))
            {
                return read;
            }

            report.Add("body", scrubbers.Removed);
        }

        var length = Math.Min(buffer.Length, _output.WrittenCount - _sent);
        _output.WrittenMemory.Slice(_sent, length).CopyTo(buffer);
        _sent += length;
        return length;
    }
}
