using System.Buffers;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// Takes values out of bytes that come in pieces. What comes out does not depend on where the pieces were cut; what is held back meanwhile is no longer than
/// a value with all of it escaped, and is held no longer than it could still become one.
/// </summary>
internal sealed class StreamScrubber
{
    private readonly PatternAutomaton _automaton;
    private readonly FoundRanges _found = new();
    private readonly EscapedReading _percent;
    private readonly EscapedReading _json;
    private ScrubFormat _format = ScrubFormat.Line;
    private FoundRange _last;
    private byte[] _held = [];
    private int _heldLength;
    private long _position;
    private long _written;
    private int _state;

    /// <summary>Prepares to scrub.</summary>
    /// <param name="automaton">What is looked for.</param>
    public StreamScrubber(PatternAutomaton automaton)
    {
        _automaton = automaton;
        _percent = new EscapedReading(automaton, EscapeSyntax.Percent, _found);
        _json = new EscapedReading(automaton, EscapeSyntax.Json, _found);
    }

    /// <summary>Whether this is what it looks for.</summary>
    public bool LooksFor(PatternAutomaton automaton) => ReferenceEquals(_automaton, automaton);

    /// <summary>How many bytes are held back.</summary>
    public int Held => _heldLength;

    /// <summary>The values that were taken out since the beginning.</summary>
    public HashSet<ScrubbedValue>? Removed { get; private set; }

    /// <summary>Whether a value is found in a text.</summary>
    public static bool Finds(PatternAutomaton automaton, ReadOnlySpan<byte> text)
    {
        var scrubber = new StreamScrubber(automaton);
        var output = new ArrayBufferWriter<byte>();
        if (!scrubber.Take(text, output))
        {
            scrubber.End(output);
        }

        return scrubber.Removed is not null;
    }

    /// <summary>Begins anew.</summary>
    /// <param name="format">How replacements are written.</param>
    public void Begin(ScrubFormat format)
    {
        _format = format;
        _found.Clear();
        _percent.Reset();
        _json.Reset();
        _heldLength = 0;
        _position = _written = 0;
        _state = PatternAutomaton.Root;
        Removed = null;
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="output">What can go on is added here.</param>
    /// <returns>Whether just these bytes can go on, as they are; nothing is added then.</returns>
    public bool Take(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        Search(bytes);
        var safe = HeldFrom();
        if (_heldLength == 0 && _found.IsEmpty && safe == _position)
        {
            _written = _position;
            return true;
        }

        Hold(bytes);
        Write(safe, output);
        return false;
    }

    /// <summary>There are no more bytes: what was held back goes on.</summary>
    public void End(ArrayBufferWriter<byte> output)
    {
        if (!_percent.Follows)
        {
            _percent.End();
        }

        if (!_json.Follows)
        {
            _json.End();
        }

        Write(_position, output);
    }

    private void Search(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_percent.Follows && _json.Follows)
            {
                var escape = bytes.IndexOfAny((byte)'%', (byte)'\\');
                SearchPlain(escape < 0 ? bytes : bytes[..escape]);
                if (escape < 0)
                {
                    return;
                }

                bytes = bytes[escape..];
                if (_state == PatternAutomaton.Root && Escapes.PassOver(bytes, _automaton) is > 0 and var passed)
                {
                    _position += passed;
                    bytes = bytes[passed..];
                    continue;
                }
            }

            ReadThreeWays(bytes[0]);
            bytes = bytes[1..];
        }
    }

    /// <summary>Bytes without an escape mean the same in all readings.</summary>
    private void SearchPlain(ReadOnlySpan<byte> bytes)
    {
        var state = _state;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (state == PatternAutomaton.Root)
            {
                i = _automaton.Skip(bytes, i);
            }

            state = _automaton.Next(state, bytes[i]);
            if (state != PatternAutomaton.Root)
            {
                AddMatch(state, _position + i + 1);
            }
        }

        _state = state;
        _position += bytes.Length;
    }

    private void ReadThreeWays(byte value)
    {
        _percent.Read(value, _position, _state);
        _json.Read(value, _position, _state);
        _state = _automaton.Next(_state, value);
        _position++;
        AddMatch(_state, _position);
        _percent.Join(_state);
        _json.Join(_state);
    }

    private void AddMatch(int state, long end)
    {
        if (_automaton.MatchOf(state) is not PatternAutomaton.NoMatch and var pattern)
        {
            _found.Add(new FoundRange(end - _automaton.PatternAt(pattern).Bytes.Length, end, pattern, escape: null));
        }
    }

    /// <summary>Where the first byte is that what follows may complete to a value.</summary>
    private long HeldFrom()
    {
        var plain = _position - _automaton.HeldAt(_state);
        var percent = _percent.Follows ? plain : _percent.HeldFrom(_position);
        var json = _json.Follows ? plain : _json.HeldFrom(_position);
        return Math.Min(plain, Math.Min(percent, json));
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (_heldLength + bytes.Length > _held.Length)
        {
            Array.Resize(ref _held, Math.Max(_heldLength + bytes.Length, 2 * _held.Length));
        }

        bytes.CopyTo(_held.AsSpan(_heldLength));
        _heldLength += bytes.Length;
    }

    /// <summary>Writes what is before a place. What begins there may still become another value.</summary>
    private void Write(long safe, ArrayBufferWriter<byte> output)
    {
        var start = _position - _heldLength;
        var done = 0;
        for (; done < _found.All.Count && _found.All[done] is var range && range.Start < safe; done++)
        {
            Replace(range, output);
        }

        _found.RemoveFirst(done);
        if (_written < safe)
        {
            WriteHeld(safe, output);
        }

        // Of what is replaced the end may be behind the place.
        var rest = _held.AsSpan((int)(_written - start).._heldLength);
        rest.CopyTo(_held);
        _heldLength = rest.Length;
    }

    private void Replace(in FoundRange range, ArrayBufferWriter<byte> output)
    {
        if (range.Start >= _written)
        {
            WriteHeld(range.Start, output);
            var pattern = _automaton.PatternAt(range.Pattern);
            _format.Write(range, pattern, output);
            (Removed ??= []).Add(pattern.Value);
            _last = range;
        }
        else if (range.End > _written)
        {
            // It overlaps the one before, for which something stands already.
            _format.WriteMore(_last, _automaton.PatternAt(_last.Pattern), _written, range.End, output);
        }

        _written = Math.Max(_written, range.End);
    }

    private void WriteHeld(long end, ArrayBufferWriter<byte> output)
    {
        var start = _position - _heldLength;
        output.Write(_held.AsSpan((int)(_written - start)..(int)(end - start)));
        _written = end;
    }
}
