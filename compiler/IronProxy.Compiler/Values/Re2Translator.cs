using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Values;

/// <summary>
/// Translates RE2's syntax, which proxy.yaml uses, to .NET's. Both engines are linear, but they differ in what <c>$</c>,
/// <c>\d</c> and brackets mean; what has no equal is refused instead of meaning something else.
/// </summary>
internal sealed class Re2Translator
{
    private const int MaxRepeat = 1000;

    private static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = @"\x00-\x7F",
        ["blank"] = @"\t\x20",
        ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = @"\x21-\x7E",
        ["lower"] = "a-z",
        ["print"] = @"\x20-\x7E",
        ["punct"] = @"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
        ["space"] = @"\t\n\v\f\r\x20",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    private static readonly HashSet<string> Categories = new(StringComparer.Ordinal)
    {
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cs",
    };

    private readonly string _text;
    private readonly StringBuilder _out = new();
    private readonly Stack<bool> _multilines = new();
    private bool _multiline;
    private int _at;

    private Re2Translator(string text) => _text = text;

    /// <summary>Translates an expression and tries it in the engine that will run it.</summary>
    public static Re2Translation Translate(string expression)
    {
        var translator = new Re2Translator(expression);
        try
        {
            translator.Run();
        }
        catch (UntranslatableException e)
        {
            return new Re2Translation(null, e.Message, e.At, e.Length);
        }

        var pattern = translator._out.ToString();
        try
        {
            _ = new Regex(pattern, HeaderMatcher.Options);
        }
        catch (RegexParseException e)
        {
            return new Re2Translation(null, Describe(e.Error), 0, expression.Length);
        }
        catch (NotSupportedException)
        {
            return new Re2Translation(null, "it is too large for an engine without backtracking", 0, expression.Length);
        }

        return new Re2Translation(pattern, null, 0, 0);
    }

    private void Run()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            switch (c)
            {
                case '\\':
                    Escape();
                    break;
                case '[':
                    Class();
                    break;
                case '(':
                    Open();
                    break;
                case ')':
                    if (_multilines.Count == 0)
                    {
                        throw Fail("a ')' closes nothing", _at, 1);
                    }

                    _multiline = _multilines.Pop();
                    Copy(1);
                    break;
                case '$':
                    // .NET's $ would also match before a line break at the end.
                    _out.Append(_multiline ? "$" : @"\z");
                    _at++;
                    break;
                case '{':
                    Repeat();
                    break;
                case '^' or '.' or '*' or '+' or '?' or '|':
                    Copy(1);
                    break;
                default:
                    _out.Append(Regex.Escape(c.ToString()));
                    _at++;
                    break;
            }
        }

        if (_multilines.Count > 0)
        {
            throw Fail("a ')' is missing", _text.Length - 1, 1);
        }
    }

    private void Repeat()
    {
        var close = _text.IndexOf('}', _at);
        var body = close < 0 ? "" : _text[(_at + 1)..close];
        var parts = body.Split(',');
        if (parts.Length > 2 || parts[0].Length == 0 || parts.Any(p => !p.All(char.IsAsciiDigit)))
        {
            // As in RE2, braces that are no repetition stand for themselves.
            _out.Append(@"\{");
            _at++;
            return;
        }

        foreach (var part in parts)
        {
            if (part.Length > 0 && (part.Length > 4 || int.Parse(part, CultureInfo.InvariantCulture) > MaxRepeat))
            {
                throw Fail($"a repetition is limited to {MaxRepeat}", _at, close - _at + 1);
            }
        }

        Copy(close - _at + 1);
    }

    private void Open()
    {
        var rest = _text.AsSpan(_at);
        if (!rest.StartsWith("(?"))
        {
            _multilines.Push(_multiline);
            Copy(1);
            return;
        }

        if (rest.StartsWith("(?=") || rest.StartsWith("(?!") || rest.StartsWith("(?<=") || rest.StartsWith("(?<!"))
        {
            throw Fail("look-around is not available", _at, rest[2] == '<' ? 4 : 3);
        }

        var named = rest.StartsWith("(?P<") ? 4 : rest.StartsWith("(?<") ? 3 : 0;
        if (named > 0)
        {
            var close = rest.IndexOf('>');
            var name = close < 0 ? "" : rest[named..close].ToString();
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') || char.IsAsciiDigit(name[0]))
            {
                throw Fail("the group has no valid name", _at, named);
            }

            _multilines.Push(_multiline);
            _out.Append("(?<").Append(name).Append('>');
            _at += close + 1;
            return;
        }

        Flags();
    }

    private void Flags()
    {
        var start = _at;
        var multiline = _multiline;
        var negative = false;
        _at += 2;
        var flags = new StringBuilder();
        for (; _at < _text.Length; _at++)
        {
            switch (_text[_at])
            {
                case 'i' or 's':
                    flags.Append(_text[_at]);
                    break;
                case 'm':
                    multiline = !negative;
                    flags.Append('m');
                    break;
                case 'U':
                    // Greed changes what a group captures, never whether there is a match.
                    break;
                case '-' when !negative:
                    negative = true;
                    flags.Append('-');
                    break;
                case ':':
                    _multilines.Push(_multiline);
                    _multiline = multiline;
                    _out.Append("(?").Append(flags.ToString().TrimEnd('-')).Append(':');
                    _at++;
                    return;
                case ')':
                    _multiline = multiline;
                    if (flags.ToString().TrimEnd('-') is { Length: > 0 } text)
                    {
                        _out.Append("(?").Append(text).Append(')');
                    }

                    _at++;
                    return;
                default:
                    throw Fail("this kind of group is not available", start, _at - start + 1);
            }
        }

        throw Fail("the group is not closed", start, 2);
    }

    private void Escape()
    {
        var start = _at;
        if (_at + 1 >= _text.Length)
        {
            throw Fail("a backslash stands at the end", _at, 1);
        }

        var c = _text[_at + 1];
        switch (c)
        {
            case 'Q':
                var end = _text.IndexOf(@"\E", _at + 2, StringComparison.Ordinal);
                _out.Append(Regex.Escape(_text[(_at + 2)..(end < 0 ? _text.Length : end)]));
                _at = end < 0 ? _text.Length : end + 2;
                break;
            case 'A' or 'z' or 'b' or 'B':
                Copy(2);
                break;
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S':
                _out.Append('[').Append(char.IsAsciiLetterUpper(c) ? "^" : "").Append(Perl(char.ToLowerInvariant(c))).Append(']');
                _at += 2;
                break;
            case 'p' or 'P':
                _out.Append(Category());
                break;
            default:
                _out.Append(Literal(EscapedCharacter(start)));
                break;
        }
    }

    private void Class()
    {
        var start = _at++;
        _out.Append('[');
        if (_at < _text.Length && _text[_at] == '^')
        {
            Copy(1);
        }

        for (var first = true; ; first = false)
        {
            if (_at >= _text.Length)
            {
                throw Fail("a ']' is missing", start, 1);
            }

            if (_text[_at] == ']' && !first)
            {
                Copy(1);
                return;
            }

            if (ClassGroup())
            {
                continue;
            }

            var low = ClassCharacter(start);
            if (_at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']')
            {
                var dash = _at++;
                var high = ClassCharacter(start);
                if (high < low)
                {
                    throw Fail("the range runs backwards", dash - 1, 3);
                }

                _out.Append(Literal(low)).Append('-').Append(Literal(high));
                continue;
            }

            _out.Append(Literal(low));
        }
    }

    /// <summary>A named class within brackets: <c>[:alpha:]</c>, <c>\d</c>, <c>\pL</c>.</summary>
    private bool ClassGroup()
    {
        var rest = _text.AsSpan(_at);
        if (rest.StartsWith("[:") && rest.IndexOf(":]") is > 0 and var close)
        {
            var name = rest[2..close].ToString();
            var negative = name.StartsWith('^');
            if (!PosixClasses.TryGetValue(name.TrimStart('^'), out var members))
            {
                throw Fail("there is no such character class", _at, close + 2);
            }

            _out.Append(negative ? Complement(members) : members);
            _at += close + 2;
            return true;
        }

        if (rest.Length < 2 || rest[0] != '\\')
        {
            return false;
        }

        switch (rest[1])
        {
            case 'd' or 'w' or 's':
                _out.Append(Perl(rest[1]));
                _at += 2;
                return true;
            case 'D' or 'W' or 'S':
                _out.Append(Complement(Perl(char.ToLowerInvariant(rest[1]))));
                _at += 2;
                return true;
            case 'p' or 'P':
                _out.Append(Category());
                return true;
            default:
                return false;
        }
    }

    private char ClassCharacter(int start)
    {
        if (_at >= _text.Length)
        {
            throw Fail("a ']' is missing", start, 1);
        }

        if (_text[_at] == '\\')
        {
            return EscapedCharacter(_at);
        }

        if (char.IsSurrogate(_text[_at]))
        {
            throw Fail("characters beyond U+FFFF are not available in brackets", _at, 2);
        }

        return _text[_at++];
    }

    private char EscapedCharacter(int start)
    {
        if (start + 1 >= _text.Length)
        {
            throw Fail("a backslash stands at the end", start, 1);
        }

        var c = _text[start + 1];
        _at = start + 2;
        switch (c)
        {
            case 'a':
                return '\a';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'v':
                return '\v';
            case 'x':
                return Hex(start);
            case >= '0' and <= '7':
                return Octal(start);
            case '8' or '9':
                throw Fail("back-references are not available", start, 2);
        }

        if (char.IsAsciiLetter(c) || c > '\x7f')
        {
            throw Fail($@"the escape \{c} is not available", start, 2);
        }

        return c;
    }

    private char Hex(int start)
    {
        var braces = _at < _text.Length && _text[_at] == '{';
        var from = braces ? _at + 1 : _at;
        var to = braces ? _text.IndexOf('}', from) : Math.Min(_text.Length, from + 2);
        if (to < 0 || to == from || (!braces && to - from < 2)
            || !int.TryParse(_text.AsSpan(from, to - from), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code is < 0 or > 0xffff)
        {
            throw Fail("this is no character code up to FFFF", start, Math.Max(2, (to < 0 ? _text.Length : to) - start));
        }

        _at = braces ? to + 1 : to;
        return (char)code;
    }

    private char Octal(int start)
    {
        var from = start + 1;
        var to = from + 1;
        while (to < _text.Length && to - from < 3 && _text[to] is >= '0' and <= '7')
        {
            to++;
        }

        if (_text[from] != '0' && to - from == 1)
        {
            throw Fail("back-references are not available", start, 2);
        }

        _at = to;
        return (char)_text[from..to].Aggregate(0, (code, digit) => (code * 8) + digit - '0');
    }

    private string Category()
    {
        var start = _at;
        var negative = _text[_at + 1] == 'P';
        string name;
        if (_at + 2 < _text.Length && _text[_at + 2] == '{')
        {
            var close = _text.IndexOf('}', _at);
            name = close < 0 ? "" : _text[(_at + 3)..close];
            _at = close < 0 ? _text.Length : close + 1;
        }
        else
        {
            name = _at + 2 < _text.Length ? _text[_at + 2].ToString() : "";
            _at = Math.Min(_text.Length, _at + 3);
        }

        if (name.StartsWith('^'))
        {
            (name, negative) = (name[1..], !negative);
        }

        return Categories.Contains(name)
            ? $@"\{(negative ? 'P' : 'p')}{{{name}}}"
            : throw Fail("only general categories such as \\pL and \\p{Lu} are available", start, _at - start);
    }

    private static string Perl(char name) => name switch
    {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        _ => @"\t\n\f\r\x20",
    };

    /// <summary>What is left of the characters up to U+FFFF, as ranges: a class cannot hold a negated class in .NET.</summary>
    private static string Complement(string members)
    {
        var regex = new Regex($"[{members}]", RegexOptions.CultureInvariant);
        var ranges = new StringBuilder();
        var from = 0;
        for (var c = 0; c <= 0x80; c++)
        {
            // All classes here are ASCII, so one range takes the rest.
            if (c == 0x80)
            {
                ranges.Append($@"\u{from:X4}-\uFFFF");
            }
            else if (regex.IsMatch(((char)c).ToString()))
            {
                if (from < c)
                {
                    ranges.Append($@"\u{from:X4}-\u{c - 1:X4}");
                }

                from = c + 1;
            }
        }

        return ranges.ToString();
    }

    private static string Literal(char c) => char.IsAsciiLetterOrDigit(c) || c == '_' ? c.ToString() : $@"\u{(int)c:X4}";

    private void Copy(int count)
    {
        _out.Append(_text, _at, count);
        _at += count;
    }

    private static string Describe(RegexParseError error) => error switch
    {
        RegexParseError.NestedQuantifiersNotParenthesized => "a repetition is repeated without parentheses",
        RegexParseError.QuantifierAfterNothing => "a repetition follows nothing",
        RegexParseError.ReversedQuantifierRange => "a repetition's bounds run backwards",
        _ => error.ToString(),
    };

    private static UntranslatableException Fail(string message, int at, int length) => new(message, at, length);

    /// <summary>Carries a problem to <see cref="Translate"/>. It never leaves this class.</summary>
    private sealed class UntranslatableException(string message, int at, int length) : Exception(message)
    {
        public int At { get; } = at;

        public int Length { get; } = length;
    }
}
