using System.Numerics;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// The same bytes with escapes undone, whichever of them a writer has chosen to escape. Until there is an escape, and again soon behind it, this reading is the one
/// of the bytes as they are, and costs nothing.
/// </summary>
/// <param name="automaton">What is looked for.</param>
/// <param name="syntax">The escapes.</param>
/// <param name="found">What was found.</param>
internal sealed class EscapedReading(PatternAutomaton automaton, EscapeSyntax syntax, FoundRanges found)
{
    private readonly byte _first = Escapes.First(syntax);
    private readonly byte[] _escape = new byte[Escapes.MaxLength];
    private long[] _starts = [];
    private int _escapeLength;
    private long _escapeStart;
    private long _read;
    private long _sinceEscape;
    private int _state;

    /// <summary>Whether it is the reading of the bytes as they are.</summary>
    public bool Follows { get; private set; } = true;

    /// <summary>Takes the next byte.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="position">Where it is.</param>
    /// <param name="state">The state of the other reading before it.</param>
    public void Read(byte value, long position, int state)
    {
        if (Follows)
        {
            if (value != _first)
            {
                return;
            }

            Leave(position, state);
        }

        if (_escapeLength == 0 && value != _first)
        {
            TakePlain(value, position);
            return;
        }

        if (_escapeLength == 0)
        {
            _escapeStart = position;
        }

        _escape[_escapeLength++] = value;
        ReadEscape(position);
    }

    /// <summary>Goes back to the other reading when both are the same from here on.</summary>
    public void Join(int state) => Follows |= _escapeLength == 0 && _state == state && _sinceEscape >= automaton.DepthOf(state);

    /// <summary>Where the bytes begin that must be held back.</summary>
    /// <param name="position">Where the next byte will be.</param>
    public long HeldFrom(long position) =>
        automaton.HeldAt(_state) is > 0 and var held ? StartOf(held)
        : _escapeLength > 0 ? _escapeStart
        : position;

    /// <summary>There are no more bytes: what looks like the beginning of an escape is none.</summary>
    public void End()
    {
        while (_escapeLength > 0)
        {
            TakeFirst();
            ReadEscape(_escapeStart + _escapeLength - 1);
        }
    }

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        Follows = true;
        _escapeLength = 0;
    }

    private void Leave(long position, int state)
    {
        if (_starts.Length == 0)
        {
            _starts = new long[BitOperations.RoundUpToPowerOf2((uint)automaton.MaxDepth)];
        }

        Follows = false;
        _state = state;
        _sinceEscape = long.MaxValue;
        for (var back = automaton.DepthOf(state); back > 0; back--)
        {
            Keep(position - back);
        }
    }

    private void ReadEscape(long position)
    {
        Span<byte> decoded = stackalloc byte[Escapes.MaxDecoded];
        while (_escapeLength > 0)
        {
            var length = Escapes.Read(syntax, _escape.AsSpan(0, _escapeLength), decoded);
            if (length == 0)
            {
                return;
            }

            if (length < 0)
            {
                TakeFirst();
                continue;
            }

            foreach (var value in decoded[..length])
            {
                Take(value, _escapeStart, position + 1);
            }

            _sinceEscape = 0;
            _escapeLength = 0;
        }
    }

    /// <summary>The first byte of what is no escape is one like others, and so are those up to the next that may begin one.</summary>
    private void TakeFirst()
    {
        var next = _escape.AsSpan(1, _escapeLength - 1).IndexOf(_first);
        var plain = next < 0 ? _escapeLength : next + 1;
        for (var i = 0; i < plain; i++)
        {
            TakePlain(_escape[i], _escapeStart + i);
        }

        _escape.AsSpan(plain, _escapeLength - plain).CopyTo(_escape);
        _escapeLength -= plain;
        _escapeStart += plain;
    }

    private void TakePlain(byte value, long position)
    {
        Take(value, position, position + 1);
        if (_sinceEscape < long.MaxValue)
        {
            _sinceEscape++;
        }
    }

    private void Take(byte value, long start, long end)
    {
        Keep(start);
        _state = automaton.Next(_state, value);
        if (automaton.MatchOf(_state) is not PatternAutomaton.NoMatch and var pattern)
        {
            found.Add(new FoundRange(StartOf(automaton.PatternAt(pattern).Bytes.Length), end, pattern, syntax));
        }
    }

    private void Keep(long start) => _starts[_read++ & (_starts.Length - 1)] = start;

    private long StartOf(int back) => _starts[(_read - back) & (_starts.Length - 1)];
}
