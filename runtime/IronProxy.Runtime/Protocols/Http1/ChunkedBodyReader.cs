using System.Buffers;

namespace IronProxy.Runtime.Protocols.Http1;

/// <summary>
/// Follows the framing of a chunked body (RFC 9112, 7.1) piece by piece, to its last byte and not further. It decodes nothing:
/// it says whether every reader sees the same chunks. What the grammar does not have is refused, blanks beside a semicolon among
/// it, which a recipient may read and readers differ about.
/// </summary>
public sealed class ChunkedBodyReader
{
    /// <summary>The most bytes of extensions and trailers that one body may have: nobody reads them (CVE-2023-39326).</summary>
    public const int MaxIgnored = 16 * 1024;

    /// <summary>More would not fit the number that counts what is left of a chunk.</summary>
    private const int MaxSizeDigits = 15;

    private static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private State _state;
    private long _size;
    private int _digits;
    private int _ignored;
    private bool _last;

    private enum State
    {
        Size,
        ExtensionName,
        ExtensionNameMore,
        ExtensionValue,
        ExtensionToken,
        ExtensionQuoted,
        ExtensionEscaped,
        ExtensionEnd,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        TrailerStart,
        TrailerName,
        TrailerValue,
        TrailerLineFeed,
        LastLineFeed,
        Done,
    }

    /// <summary>Reads the next bytes of the body.</summary>
    /// <param name="bytes">What came behind the bytes that were read before.</param>
    /// <param name="consumed">How many of them belong to the body.</param>
    /// <returns>Whether the body is complete, goes on, or is malformed.</returns>
    public ParseStatus Read(ReadOnlySpan<byte> bytes, out int consumed)
    {
        for (consumed = 0; consumed < bytes.Length && _state != State.Done;)
        {
            if (_state == State.Data)
            {
                var skipped = (int)Math.Min(_size, bytes.Length - consumed);
                _size -= skipped;
                consumed += skipped;
                _state = _size == 0 ? State.DataReturn : State.Data;
            }
            else if (!Take(bytes[consumed++]))
            {
                return ParseStatus.Invalid;
            }
        }

        return _state == State.Done ? ParseStatus.Done : ParseStatus.NeedMore;
    }

    private bool Take(byte b) => _state switch
    {
        State.Size => TakeSize(b),
        State.ExtensionName => Token.Contains(b) && Ignore(State.ExtensionNameMore),
        State.ExtensionNameMore => b == '=' ? Ignore(State.ExtensionValue) : TakeToken(b),
        State.ExtensionValue => b == '"' ? Ignore(State.ExtensionQuoted) : Token.Contains(b) && Ignore(State.ExtensionToken),
        State.ExtensionToken => TakeToken(b),
        State.ExtensionQuoted => TakeQuoted(b),
        State.ExtensionEscaped => IsText(b) && Ignore(State.ExtensionQuoted),
        State.ExtensionEnd => EndExtension(b),
        State.SizeLineFeed => b == '\n' && Go(_last ? State.TrailerStart : State.Data),
        State.DataReturn => b == '\r' && Go(State.DataLineFeed),
        State.DataLineFeed => b == '\n' && BeginChunk(),
        State.TrailerStart => b == '\r' ? Go(State.LastLineFeed) : Token.Contains(b) && Ignore(State.TrailerName),
        State.TrailerName => b == ':' ? Ignore(State.TrailerValue) : Token.Contains(b) && Ignore(State.TrailerName),
        State.TrailerValue => b == '\r' ? Go(State.TrailerLineFeed) : IsText(b) && Ignore(State.TrailerValue),
        State.TrailerLineFeed => b == '\n' && Go(State.TrailerStart),
        State.LastLineFeed => b == '\n' && Go(State.Done),
        _ => throw new System.Diagnostics.UnreachableException($"A byte was taken in the state {_state}."),
    };

    private bool TakeSize(byte b)
    {
        if (char.IsAsciiHexDigit((char)b))
        {
            _size = (_size << 4) | (uint)(char.IsAsciiDigit((char)b) ? b - '0' : (b | 0x20) - 'a' + 10);
            return ++_digits <= MaxSizeDigits;
        }

        _last = _size == 0;
        return _digits > 0 && EndExtension(b);
    }

    /// <summary>Behind a size or an extension comes another extension, or the end of the line.</summary>
    private bool EndExtension(byte b) => b switch
    {
        (byte)'\r' => Go(State.SizeLineFeed),
        (byte)';' => Ignore(State.ExtensionName),
        _ => false,
    };

    private bool TakeToken(byte b) => Token.Contains(b) ? Ignore(_state) : EndExtension(b);

    private bool TakeQuoted(byte b) => b switch
    {
        (byte)'"' => Ignore(State.ExtensionEnd),
        (byte)'\\' => Ignore(State.ExtensionEscaped),
        _ => IsText(b) && Ignore(State.ExtensionQuoted),
    };

    private bool BeginChunk()
    {
        (_size, _digits) = (0, 0);
        return Go(State.Size);
    }

    private bool Go(State next)
    {
        _state = next;
        return true;
    }

    private bool Ignore(State next)
    {
        _state = next;
        return ++_ignored <= MaxIgnored;
    }

    /// <summary>What a field value and a quoted string may hold (RFC 9110, 5.5 and 5.6.4): no control character but the tab.</summary>
    private static bool IsText(byte b) => b is (byte)'\t' or (>= 0x20 and not 0x7F);
}
