using System.Buffers;
using System.Globalization;

namespace IronProxy.Plan;

/// <summary>
/// Finds the segments of a path that some server could read as <c>.</c> or <c>..</c>. Two dots climb out of what a rule
/// allows, and no reading of them is safe; one dot that is plainly written is harmless and left to <see cref="PathReadings"/>.
/// </summary>
/// <remarks>
/// The grammar, in characters that are written plainly, escaped, or escaped again, however often:
/// <code>
/// refused   = *cover dot *( dot / cover ) [ end *any ]    ; a whole segment, unless it is one plain "."
/// segment   = what lies between separators
/// separator = "/" / "\" / what becomes one of them: full-width, small and mathematical slashes; the signs of yen and won, which have the
///             backslash's place in the code pages 932 and 949 of Windows
/// dot       = "." / what becomes dots: leaders, the ellipsis, full-width and small full stops (Unicode NFKC), ideographic ones (UTS 46)
/// cover     = what some readers drop: blanks, "+" (a blank in forms), control and format characters, and bytes that are no
///             UTF-8. Windows drops blanks and dots at the end of names, which is why three dots count.
/// end       = what some readers cut a name at: ";" (parameters), "?" and "#" (decoded too early), NUL (C), ":" (NTFS)
/// </code>
/// Bytes that a careless decoder reads as an ASCII character (overlong UTF-8, such as %C0%AE, RFC 3629, 3) are refused wherever
/// they stand: they have no other use.
/// </remarks>
internal static class DotSegments
{
    private const int InvalidByte = -1;
    private const int Overlong = -2;

    /// <summary>How a segment of the grammar can begin; other paths need no second look.</summary>
    private static readonly SearchValues<string> Suspicious = SearchValues.Create(["/.", "/+", "\\", "%"], StringComparison.Ordinal);

    private enum Kind
    {
        Other,
        Dot,
        Cover,
        End,
        Separator,
    }

    /// <summary>Why a path, with unreserved escapes decoded, is refused. Null when it is not.</summary>
    public static Reason? Refusal(ReadOnlySpan<char> path)
    {
        if (!path.ContainsAny(Suspicious))
        {
            return null;
        }

        var segment = new Segment(opensPlainly: true);
        for (var at = 1; at < path.Length;)
        {
            var start = at;
            var character = ReadCharacter(path, ref at);
            if (character == Overlong)
            {
                return Reason.InvalidPath;
            }

            var plain = at == start + 1;
            var kind = KindOf(character);
            if (kind != Kind.Separator)
            {
                segment.Add(kind, plain);
                continue;
            }

            var isSlash = plain && character == '/';
            if (segment.Refusal(isSlash) is { } refusal)
            {
                return refusal;
            }

            segment = new Segment(isSlash);
        }

        return segment.Refusal(closesPlainly: true);
    }

    private static Kind KindOf(int character) => character switch
    {
        '/' or '\\' or 0xA5 or 0x2044 or 0x20A9 or 0x2215 or 0x2216 or 0xFE68 or 0xFF0F or 0xFF3C or 0xFFE5 or 0xFFE6 => Kind.Separator,
        '.' or 0x2024 or 0x2025 or 0x2026 or 0x3002 or 0xFE19 or 0xFE30 or 0xFE52 or 0xFF0E or 0xFF61 => Kind.Dot,
        ';' or '?' or '#' or ':' or '\0' or 0x037E or 0xFF03 or 0xFF1A or 0xFF1B or 0xFF1F => Kind.End,
        '+' or InvalidByte => Kind.Cover,

        // Nothing to be seen, and left out by NFKC_Casefold and UTS 46 (Default_Ignorable_Code_Point); the others of that kind are format characters.
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2065 or 0x3164 or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0
            or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF) => Kind.Cover,
        _ => CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            ? Kind.Cover
            : Kind.Other,
    };

    /// <summary>Reads a character of UTF-8.</summary>
    private static int ReadCharacter(ReadOnlySpan<char> path, ref int at)
    {
        var lead = ReadByte(path, ref at);
        if (lead is < 0x80 or > 0xFF)
        {
            return lead; // No path has characters beyond ASCII but in a build whose checks are switched off.
        }

        // Before RFC 3629 there were sequences of up to six bytes, and readers of that age are the ones to fear.
        var more = lead switch { >= 0xFC => 5, >= 0xF8 => 4, >= 0xF0 => 3, >= 0xE0 => 2, >= 0xC0 => 1, _ => 0 };
        if (more == 0)
        {
            return InvalidByte;
        }

        var character = lead & (0x3F >> more);
        var valid = true;
        var next = at;
        for (var i = 0; i < more; i++)
        {
            if (next >= path.Length)
            {
                return InvalidByte;
            }

            // Careless decoders take six bits of whatever follows.
            var follower = ReadByte(path, ref next);
            valid &= (follower & 0xC0) == 0x80;
            character = (character << 6) | (follower & 0x3F);
        }

        if (character < 0x80)
        {
            return Overlong;
        }

        // Longer than they need be, and halves of a pair (RFC 3629, 3): strict decoders drop or replace them.
        var least = more switch { 1 => 0x80, 2 => 0x800, 3 => 0x10000, _ => int.MaxValue };
        if (!valid || character < least || character is > 0x10FFFF or (>= 0xD800 and <= 0xDFFF))
        {
            return InvalidByte;
        }

        at = next;
        return character;
    }

    /// <summary>Reads a byte: a character, or an escape, whose percent sign may be escaped itself, again and again (%252e).</summary>
    private static int ReadByte(ReadOnlySpan<char> path, ref int at)
    {
        var c = path[at++];
        if (c != '%')
        {
            return c;
        }

        while (path[at..].StartsWith("25", StringComparison.Ordinal))
        {
            at += 2;
        }

        if (at + 1 >= path.Length || !char.IsAsciiHexDigit(path[at]) || !char.IsAsciiHexDigit(path[at + 1]))
        {
            return '%';
        }

        var value = RequestTarget.HexValue(path[at], path[at + 1]);
        at += 2;
        return value;
    }

    /// <summary>What is known of a segment so far.</summary>
    private struct Segment(bool opensPlainly)
    {
        private int _dots;
        private bool _disguised;
        private bool _ended;
        private bool _named;

        public void Add(Kind kind, bool plain)
        {
            if (_ended)
            {
                return;
            }

            _ended = kind == Kind.End;
            _named |= kind == Kind.Other;
            _dots += kind == Kind.Dot ? 1 : 0;
            _disguised |= kind != Kind.Dot || !plain;
        }

        public readonly Reason? Refusal(bool closesPlainly)
        {
            if (_named || _dots == 0 || (_dots == 1 && !_disguised))
            {
                return null;
            }

            return opensPlainly && closesPlainly ? Reason.DotSegment : Reason.EncodedSeparator;
        }
    }
}
