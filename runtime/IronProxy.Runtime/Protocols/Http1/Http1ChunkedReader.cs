using System.Runtime.InteropServices;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Http1;

/// <summary>
/// Takes the chunks of a body apart (RFC 9112, 7.1). Every line ends with CR LF, a size is hexadecimal digits and nothing else,
/// and trailers are header lines that say nothing about framing or routing.
/// </summary>
internal sealed class Http1ChunkedReader
{
    /// <summary>Longest trailer section.</summary>
    public const int MaxTrailerLength = 16 * 1024;

    /// <summary>Longest extension of a chunk. Nobody uses them; they are skipped.</summary>
    public const int MaxExtensionLength = 256;

    private const int MaxSizeDigits = 15;

    private readonly List<byte> _line = [];
    private State _state = State.Size;
    private long _size;
    private int _digits;
    private int _extension;
    private int _trailerLength;

    private enum State
    {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataEnd,
        DataEndLine,
        Trailer,
        Done,
    }

    /// <summary>The trailers, once the body has ended.</summary>
    public List<KeyValuePair<string, string>> Trailers { get; } = [];

    /// <summary>Reads on.</summary>
    /// <param name="source">What has come, from where the last call stopped.</param>
    /// <param name="destination">Where the body's bytes go.</param>
    /// <param name="consumed">How much of the source was read.</param>
    /// <param name="written">How much of the destination was filled.</param>
    /// <returns>Done at the end of the body; until then more is needed, or room in the destination.</returns>
    public ParseStatus Read(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written)
    {
        consumed = 0;
        written = 0;
        while (_state != State.Done && consumed < source.Length)
        {
            if (_state == State.Data)
            {
                var length = (int)Math.Min(_size, Math.Min(source.Length - consumed, destination.Length - written));
                if (length == 0)
                {
                    return ParseStatus.NeedMore;
                }

                source.Slice(consumed, length).CopyTo(destination[written..]);
                consumed += length;
                written += length;
                _size -= length;
                _state = _size == 0 ? State.DataEnd : State.Data;
            }
            else if (!TryAdvance(source[consumed++]))
            {
                return ParseStatus.Invalid;
            }
        }

        return _state == State.Done ? ParseStatus.Done : ParseStatus.NeedMore;
    }

    private bool TryAdvance(byte next)
    {
        switch (_state)
        {
            case State.Size:
                return TryReadSize(next);
            case State.Extension:
                _state = next == '\r' ? State.SizeEnd : State.Extension;
                return next == '\r' || (++_extension <= MaxExtensionLength && Http1Fields.IsValue([next]));
            case State.SizeEnd:
                _state = _size == 0 ? State.Trailer : State.Data;
                _digits = 0;
                _extension = 0;
                return next == '\n';
            case State.DataEnd:
                _state = State.DataEndLine;
                return next == '\r';
            case State.DataEndLine:
                _state = State.Size;
                return next == '\n';
            default:
                return TryReadTrailer(next);
        }
    }

    private bool TryReadSize(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
        {
            _size = (_size << 4) | (long)(next <= '9' ? next - '0' : (next | 0x20) - 'a' + 10);
            return ++_digits <= MaxSizeDigits;
        }

        _state = next == '\r' ? State.SizeEnd : State.Extension;
        return _digits > 0 && next is (byte)'\r' or (byte)';';
    }

    private bool TryReadTrailer(byte next)
    {
        if (++_trailerLength > MaxTrailerLength)
        {
            return false;
        }

        _line.Add(next);
        if (next != '\n')
        {
            return true;
        }

        var line = CollectionsMarshal.AsSpan(_line);
        if (line is not [.. var text, (byte)'\r', (byte)'\n'])
        {
            return false;
        }

        if (text.IsEmpty)
        {
            _state = State.Done;
            return true;
        }

        // RFC 9110, 6.5.1: what decides about framing or routing is no trailer.
        if (!Http1Fields.TryReadLine(text, out var name, out var value) || HeaderName.IsFraming(name))
        {
            return false;
        }

        Trailers.Add(new(name, value));
        _line.Clear();
        return true;
    }
}
