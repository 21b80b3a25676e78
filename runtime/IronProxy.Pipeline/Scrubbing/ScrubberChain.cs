using System.Buffers;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// Takes values out of bytes that come over time. When a value changes meanwhile, what comes out of the search for the ones before is searched for the new ones as well.
/// </summary>
/// <param name="first">The first search.</param>
/// <param name="newest">What is to be looked for by now.</param>
internal sealed class ScrubberChain(StreamScrubber first, Func<PatternAutomaton> newest)
{
    /// <summary>How often values may change from beginning to end. Each time costs a search more.</summary>
    private const int MaxScrubbers = 16;

    private readonly List<StreamScrubber> _scrubbers = [first];
    private ScrubFormat _format = ScrubFormat.Line;

    /// <summary>The values that were taken out since the beginning.</summary>
    public IEnumerable<ScrubbedValue> Removed => _scrubbers.SelectMany(s => s.Removed ?? []);

    /// <summary>The searches, in their order.</summary>
    public IReadOnlyList<StreamScrubber> Scrubbers => _scrubbers;

    /// <summary>Begins anew: of the searches the last one is left, which knows what those before it looked for.</summary>
    /// <param name="format">How replacements are written.</param>
    public void Begin(ScrubFormat format)
    {
        _format = format;
        _scrubbers.RemoveRange(0, _scrubbers.Count - 1);
        _scrubbers[0].Begin(format);
    }

    /// <summary>Takes the next bytes, and there are some.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="output">What can go on is added here.</param>
    /// <returns>Whether just these bytes can go on, as they are; nothing is added then.</returns>
    /// <exception cref="BrokenResponseException">Values have changed too often.</exception>
    public bool Take(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        TakeNewest();
        if (_scrubbers is [var only])
        {
            return only.Take(bytes, output);
        }

        TakeThroughAll(bytes, output);
        return false;
    }

    /// <summary>There are no more bytes: what was held back goes on.</summary>
    /// <exception cref="BrokenResponseException">Values have changed too often.</exception>
    public void End(ArrayBufferWriter<byte> output)
    {
        TakeNewest();
        TakeThroughAll([], output);
    }

    /// <summary>A value is known here before it is sent, and comes back after that: the bytes that have just come may hold it.</summary>
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
        added.Begin(_format);
        _scrubbers.Add(added);
    }

    /// <summary>Takes bytes through one after the other; none are the end.</summary>
    private void TakeThroughAll(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        var isEnd = bytes.IsEmpty;
        foreach (var each in _scrubbers)
        {
            var passed = new ArrayBufferWriter<byte>();
            if (!bytes.IsEmpty && each.Take(bytes, passed))
            {
                continue; // They go on as they are, and nothing is held back.
            }

            if (isEnd)
            {
                each.End(passed);
            }

            bytes = passed.WrittenSpan;
        }

        output.Write(bytes);
    }
}
