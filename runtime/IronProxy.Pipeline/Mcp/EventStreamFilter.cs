using System.Buffers;
using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Mcp;

/// <summary>
/// Filters the messages in a stream of events (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.5 and 9.2.6) that comes in pieces. An event is held until
/// it is whole. One that is not changed goes on byte for byte; of one that is, the lines of its data are replaced and no others, so that streams can go on behind its id. All of
/// its lines end with a line feed then: of two that become neighbours, the ends could be taken for one.
/// </summary>
/// <param name="filter">Filters the data of an event: whether it could be read, and what stands in its place.</param>
/// <param name="limit">How long an event may be.</param>
/// <param name="reserve">Reserves memory before it is taken; false when there is none.</param>
internal sealed class EventStreamFilter(Func<ReadOnlyMemory<byte>, (bool Readable, byte[]? Replacement)> filter, long limit, Func<long, bool> reserve)
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';
    private const int FirstBufferSize = 1024;

    /// <summary>Vertical tab, form feed, and the separators of files, groups and records.</summary>
    private static readonly SearchValues<byte> OtherLineEnds = SearchValues.Create(0x0b, 0x0c, 0x1c, 0x1d, 0x1e);

    private byte[] _event = [];
    private int _length;
    private int _lineStart;
    private bool _behindCr;
    private bool _begun;
    private bool _replaced;

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Takes the next bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="output">Whole events are added here.</param>
    /// <exception cref="BrokenResponseException">An event cannot be read, or is too large.</exception>
    public void Take(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        while (!bytes.IsEmpty)
        {
            if (_behindCr)
            {
                // Clients that know no line end but the feed would take the next line for a part of this one: it gets its feed.
                bytes = bytes[0] == Lf ? bytes[1..] : bytes;
                EndPair(output);
                continue;
            }

            var end = bytes.IndexOfAny(Cr, Lf);
            var line = end < 0 ? bytes : bytes[..(end + 1)];
            Hold(line);
            bytes = bytes[line.Length..];
            if (end >= 0)
            {
                _behindCr = line[^1] == Cr;
                EndLine(output);
            }
        }
    }

    /// <summary>There are no more bytes. Readers leave out an event that no blank line ends, but not all do.</summary>
    /// <param name="output">What is left is added here.</param>
    /// <exception cref="BrokenResponseException">An event cannot be read.</exception>
    public void End(IBufferWriter<byte> output)
    {
        if (_behindCr)
        {
            EndPair(output);
        }

        Dispatch(output);
    }

    /// <summary>The second half of a line's end, which may come later than the first.</summary>
    private void EndPair(IBufferWriter<byte> output)
    {
        _behindCr = false;
        if (_length == 0)
        {
            output.Write(_replaced ? ""u8 : "\n"u8); // Its line went on already.
            return;
        }

        Hold("\n"u8);
        _lineStart = _length;
    }

    private void EndLine(IBufferWriter<byte> output)
    {
        var line = Content(_event.AsSpan(_lineStart, _length - 1 - _lineStart), isFirst: !_begun && _lineStart == 0);
        var isComment = _lineStart == 0 && line is [(byte)':', ..];
        if (!Split(line).Name.SequenceEqual("data"u8) && HasOtherLineEnd(line))
        {
            throw new BrokenResponseException(Reason.MalformedMcpResponse); // There are clients that would read two lines.
        }

        _lineStart = _length;
        if (isComment)
        {
            Flush(output); // It keeps a connection open, and says nothing.
        }
        else if (line.IsEmpty)
        {
            Dispatch(output);
        }
    }

    /// <summary>A line without the mark that a stream may begin with.</summary>
    private static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> line, bool isFirst) => isFirst && line.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;

    private void Dispatch(IBufferWriter<byte> output)
    {
        var data = new ArrayBufferWriter<byte>(Math.Max(1, _length));
        var isMessage = true;
        foreach (var content in Lines())
        {
            var (name, value) = Split(Content(_event.AsSpan(content), isFirst: !_begun && content.Start.Value == 0));
            if (name.SequenceEqual("data"u8))
            {
                data.Write(value);
                data.Write("\n"u8);
            }
            else if (name.SequenceEqual("event"u8))
            {
                isMessage = value.IsEmpty || value.SequenceEqual("message"u8);
            }
        }

        // Events without data open a stream, or say how to come back to it.
        var text = data.WrittenMemory[..Math.Max(0, data.WrittenCount - 1)];
        if (!text.IsEmpty)
        {
            // Of the older transport the first event has a path for its data. What begins as JSON is a message to clients that do not look at the name of an event.
            var (readable, replacement) = filter(text);
            if (!readable && (isMessage || HasOtherLineEnd(text.Span) || text.Span.TrimStart(" \t\n"u8) is [(byte)'{' or (byte)'[', ..]))
            {
                throw new BrokenResponseException(Reason.MalformedMcpResponse);
            }

            replacement = WithoutOtherLineEnds(replacement, text.Span);
            if (replacement is not null)
            {
                Replace(replacement, output);
                return;
            }
        }

        Flush(output);
    }

    /// <summary>Whether some clients end a line where the format has none: Python's splitlines knows eight more ends.</summary>
    private static bool HasOtherLineEnd(ReadOnlySpan<byte> line) =>
        line.ContainsAny(OtherLineEnds) || line.IndexOf("\u0085"u8) >= 0 || line.IndexOf("\u2028"u8) >= 0 || line.IndexOf("\u2029"u8) >= 0;

    /// <summary>The same JSON, with the line ends that it may have in texts written as escapes. Null when there is nothing to be replaced at all.</summary>
    /// <param name="replacement">What takes the place of the data already.</param>
    /// <param name="data">The data.</param>
    private static byte[]? WithoutOtherLineEnds(byte[]? replacement, ReadOnlySpan<byte> data)
    {
        var text = replacement is null ? data : replacement;
        return !HasOtherLineEnd(text) ? replacement
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(text).Replace("\u0085", "\\u0085", StringComparison.Ordinal).Replace("\u2028", "\\u2028", StringComparison.Ordinal).Replace("\u2029", "\\u2029", StringComparison.Ordinal));
    }

    private void Replace(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var isWritten = false;
        foreach (var content in Lines())
        {
            var line = Content(_event.AsSpan(content), isFirst: !_begun && content.Start.Value == 0);
            if (!Split(line).Name.SequenceEqual("data"u8))
            {
                output.Write(line);
                output.Write("\n"u8);
            }
            else if (!isWritten)
            {
                isWritten = true;
                foreach (var part in data.Split(Lf))
                {
                    output.Write("data: "u8);
                    output.Write(data[part]);
                    output.Write("\n"u8);
                }
            }
        }

        _replaced = true;
        Clear();
    }

    /// <summary>The lines of the event, without what ends them.</summary>
    private List<Range> Lines()
    {
        var lines = new List<Range>();
        for (var at = 0; at < _length;)
        {
            var length = _event.AsSpan(at, _length - at).IndexOfAny(Cr, Lf);
            var end = length < 0 ? _length : at + length;
            lines.Add(at..end);
            at = end == _length ? end : end + (_event[end] == Cr && end + 1 < _length && _event[end + 1] == Lf ? 2 : 1);
        }

        return lines;
    }

    private static FieldLine Split(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        var value = colon < 0 ? [] : line[(colon + 1)..];
        return new FieldLine(colon < 0 ? line : line[..colon], value is [(byte)' ', ..] ? value[1..] : value);
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        var needed = (long)_length + bytes.Length;
        if (needed > limit)
        {
            throw new BrokenResponseException(Reason.ResponseTooLarge);
        }

        if (needed > _event.Length)
        {
            var size = (int)Math.Max(needed, Math.Min(Math.Max(FirstBufferSize, 2L * _event.Length), limit));
            if (!reserve(size - _event.Length))
            {
                throw new BrokenResponseException(Reason.BodyMemory);
            }

            Array.Resize(ref _event, size);
        }

        bytes.CopyTo(_event.AsSpan(_length));
        _length = (int)needed;
    }

    private void Flush(IBufferWriter<byte> output)
    {
        output.Write(_event.AsSpan(0, _length));
        _replaced = false;
        Clear();
    }

    private void Clear()
    {
        _begun |= _length > 0;
        _length = _lineStart = 0;
    }

    private readonly ref struct FieldLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        public ReadOnlySpan<byte> Name { get; } = name;

        private ReadOnlySpan<byte> Value { get; } = value;

        public void Deconstruct(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
        {
            name = Name;
            value = Value;
        }
    }
}
