using System.Buffers;
using System.Runtime.CompilerServices;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// A body and trailers without the values that must not come back. When a value changes while the body lasts, what comes out is searched for the new ones as well.
/// </summary>
/// <param name="inner">The body as it came, without its coding.</param>
/// <param name="scrubber">Takes them out.</param>
/// <param name="newest">What is to be looked for by now.</param>
/// <param name="format">How replacements are written.</param>
/// <param name="report">What was found.</param>
internal sealed class ScrubbedBody(ResponseBody inner, StreamScrubber scrubber, Func<PatternAutomaton> newest, ScrubFormat format, ScrubReport report)
    : ResponseBodyFilter(inner)
{
    /// <summary>How often values may change while one response lasts. Each time costs a search more.</summary>
    private const int MaxScrubbers = 16;

    private readonly List<StreamScrubber> _scrubbers = [scrubber];
    private readonly ArrayBufferWriter<byte> _output = new();
    private int _sent;
    private bool _begun;
    private bool _ended;

    /// <inheritdoc />
    public override long? Length => format == ScrubFormat.SameLength ? Inner.Length : null;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers =>
        _scrubbers.Aggregate(Inner.Trailers, (lines, scrubber) => ScrubbedLines.OfTrailers(lines, scrubber, report));

    /// <inheritdoc />
    /// <exception cref="BrokenResponseException">Values have changed too often.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (!_begun)
        {
            scrubber.Begin(format); // Not before: the head was scrubbed with it.
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
            TakeNewest();
            if (_scrubbers.Count > 1)
            {
                TakeThroughAll(buffer.Span[..read]);
            }
            else if (read > 0 && scrubber.Take(buffer.Span[..read], _output))
            {
                return read;
            }
            else if (read == 0)
            {
                scrubber.End(_output);
            }

            _ended = read == 0;
            foreach (var each in _scrubbers)
            {
                report.Add("body", each.Removed);
            }
        }

        var length = Math.Min(buffer.Length, _output.WrittenCount - _sent);
        _output.WrittenMemory.Slice(_sent, length).CopyTo(buffer);
        _sent += length;
        return length;
    }

    /// <summary>A value is known here before it is sent, and comes back after that: the bytes that have just been read may hold it.</summary>
    private void TakeNewest()
    {
        var automaton = newest();
        if (_scrubbers[^1].LooksFor(automaton))
        {
            return;
        }

        if (_scrubbers.Count == MaxScrubbers)
        {
            throw new BrokenResponseException(Reason.ResponseUnscrubbable);
        }

        var added = new StreamScrubber(automaton);
        added.Begin(format);
        _scrubbers.Add(added);
    }

    /// <summary>Takes bytes through one after the other; none are the end.</summary>
    private void TakeThroughAll(ReadOnlySpan<byte> bytes)
    {
        var isEnd = bytes.IsEmpty;
        foreach (var each in _scrubbers)
        {
            var output = new ArrayBufferWriter<byte>();
            if (!bytes.IsEmpty && each.Take(bytes, output))
            {
                continue; // They go on as they are, and nothing is held back.
            }

            if (isEnd)
            {
                each.End(output);
            }

            bytes = output.WrittenSpan;
        }

        _output.Write(bytes);
    }
}
