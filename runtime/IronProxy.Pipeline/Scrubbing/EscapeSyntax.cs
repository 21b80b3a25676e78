using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>A way to write a byte or a character as another one.</summary>
internal enum EscapeSyntax
{
    /// <summary>RFC 3986, 2.1: <c>%</c> and two hexadecimal digits of either case.</summary>
    Percent,

    /// <summary>RFC 8259, 7: <c>\</c> and a letter, or <c>u</c> and four hexadecimal digits, twice for characters beyond the first 65,536.</summary>
    Json,
}

/// <summary>Reads escapes.</summary>
internal static class Escapes
{
    /// <summary>The longest escape.</summary>
    public const int MaxLength = 12;

    /// <summary>The most bytes that one stands for.</summary>
    public const int MaxDecoded = 4;

    private const int JsonUnit = 6;

    /// <summary>The byte that an escape begins with.</summary>
    public static byte First(EscapeSyntax syntax) => syntax == EscapeSyntax.Percent ? (byte)'%' : (byte)'\\';

    /// <summary>How many bytes can be passed over where an escape may begin and nothing has begun: they begin nothing in any reading. The usual ones of texts are quick that way.</summary>
    public static int PassOver(ReadOnlySpan<byte> bytes, PatternAutomaton automaton)
    {
        if (bytes.Length < 2 || !automaton.BeginsNothing(bytes[0]))
        {
            return 0;
        }

        if (bytes[0] == '%')
        {
            return char.IsAsciiHexDigit((char)bytes[1]) ? 0 : 1;
        }

        return JsonLetter(bytes[1]) is not 0 and var letter && automaton.BeginsNothing(letter) && automaton.BeginsNothing(bytes[1]) ? 2 : 0;
    }

    /// <summary>Reads an escape.</summary>
    /// <param name="syntax">Its syntax.</param>
    /// <param name="bytes">What there is of it, with its first byte.</param>
    /// <param name="decoded">What it stands for.</param>
    /// <returns>How many bytes it stands for; 0 when it goes on, and -1 when it is none.</returns>
    public static int Read(EscapeSyntax syntax, ReadOnlySpan<byte> bytes, Span<byte> decoded) =>
        syntax == EscapeSyntax.Percent ? ReadPercent(bytes, decoded) : ReadJson(bytes, decoded);

    private static int ReadPercent(ReadOnlySpan<byte> bytes, Span<byte> decoded)
    {
        if (!AreHex(bytes[1..]))
        {
            return -1;
        }

        if (bytes.Length < 3)
        {
            return 0;
        }

        decoded[0] = byte.Parse(bytes[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return 1;
    }

    private static int ReadJson(ReadOnlySpan<byte> bytes, Span<byte> decoded)
    {
        if (bytes.Length == 1)
        {
            return 0;
        }

        if (bytes[1] != 'u')
        {
            decoded[0] = JsonLetter(bytes[1]);
            return decoded[0] == 0 ? -1 : 1;
        }

        if (ReadUnit(bytes) is not { } first)
        {
            return AreHex(bytes[2..Math.Min(bytes.Length, JsonUnit)]) ? 0 : -1;
        }

        return Rune.TryCreate(first, out var rune) ? rune.EncodeToUtf8(decoded)
            : char.IsHighSurrogate(first) ? ReadPair(first, bytes[JsonUnit..], decoded)
            : -1;
    }

    /// <summary>What a letter behind a backslash stands for; 0 for nothing.</summary>
    private static byte JsonLetter(byte letter) => letter switch
    {
        (byte)'"' or (byte)'\\' or (byte)'/' => letter,
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        _ => 0,
    };

    private static int ReadPair(char high, ReadOnlySpan<byte> bytes, Span<byte> decoded)
    {
        if (!"\\u"u8[..Math.Min(2, bytes.Length)].SequenceEqual(bytes[..Math.Min(2, bytes.Length)]) || (bytes.Length > 2 && !AreHex(bytes[2..])))
        {
            return -1;
        }

        return ReadUnit(bytes) is not { } low ? 0
            : Rune.TryCreate(high, low, out var rune) ? rune.EncodeToUtf8(decoded)
            : -1;
    }

    private static char? ReadUnit(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= JsonUnit && AreHex(bytes[2..JsonUnit]) && Utf8Parser.TryParse(bytes[2..JsonUnit], out ushort unit, out _, 'x') ? (char)unit : null;

    private static bool AreHex(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (!char.IsAsciiHexDigit((char)value))
            {
                return false;
            }
        }

        return true;
    }
}
