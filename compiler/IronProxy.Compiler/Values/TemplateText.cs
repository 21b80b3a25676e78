using System.Collections.Immutable;
using System.Text;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>
/// Reads the subset of Go's text/template that is in use: text, fields such as <c>.Value</c>, string literals,
/// <c>base64</c>, pipes, parentheses, comments and trim markers.
/// </summary>
internal sealed class TemplateText
{
    private const string Open = "{{";
    private const string Close = "}}";
    private const int MaxDepth = 20;

    private readonly TemplateGrammar _grammar;
    private readonly string _text;
    private readonly List<TemplatePartPlan> _parts = [];
    private int _at;
    private int _end;

    private TemplateText(string text, TemplateGrammar grammar)
    {
        (_text, _grammar) = (text, grammar);
    }

    /// <summary>The parts of a template; null when it cannot be used, and the bag says why.</summary>
    public static ImmutableArray<TemplatePartPlan>? Parse(Located<string> located, TemplateGrammar grammar, DiagnosticBag bag)
    {
        var template = new TemplateText(located.Value, grammar);
        try
        {
            template.Run();
        }
        catch (TemplateException e)
        {
            bag.TemplateInvalid(bag.Source.Slice(located.Node, Math.Min(e.At, Math.Max(0, located.Value.Length - 1)), e.Length), e.Message, grammar.Hint);
            return null;
        }

        var parts = Join(template._parts);
        if (grammar.IsHeaderValue && parts.Any(p => p.Text is { } text && !HeaderName.IsValidValue(text)))
        {
            bag.TemplateControlCharacter(located.Span);
            return null;
        }

        if (grammar.ReportConstant is { } report && !parts.Any(UsesField))
        {
            report(bag, located.Span);
            return null;
        }

        return parts;
    }

    private static bool UsesField(TemplatePartPlan part) => part.Field is not null || part.Base64?.Any(UsesField) == true;

    private void Run()
    {
        var trim = false;
        while (_at < _text.Length)
        {
            var open = _text.IndexOf(Open, _at, StringComparison.Ordinal);
            var literal = _text[_at..(open < 0 ? _text.Length : open)];
            literal = trim ? literal.TrimStart(' ', '\t', '\r', '\n') : literal;
            trim = false;
            if (open < 0)
            {
                AddText(literal);
                return;
            }

            _at = open + 2;
            if (_at + 1 < _text.Length && _text[_at] == '-' && IsBlank(_text[_at + 1]))
            {
                literal = literal.TrimEnd(' ', '\t', '\r', '\n');
                _at += 2;
            }

            AddText(literal);
            trim = Action(open);
        }
    }

    /// <summary>Reads what stands between the braces; true when it ends with a trim marker.</summary>
    private bool Action(int open)
    {
        if (_text.AsSpan(_at).StartsWith("/*"))
        {
            var end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
            if (end < 0)
            {
                throw Fail("the comment is not closed", open, 4);
            }

            _at = end + 2;
        }
        else
        {
            _end = FindClose(open);
            _parts.AddRange(Pipeline(depth: 0));
        }

        SkipBlanks();
        var trim = _at < _text.Length && _text[_at] == '-' && IsBlank(_text[_at - 1]);
        _at += trim ? 1 : 0;
        if (!_text.AsSpan(_at).StartsWith(Close))
        {
            throw _at >= _text.Length ? Fail("the '{{' is not closed", open, 2) : Fail($"{Quote.Of(_text[_at].ToString())} is not expected here", _at, 1);
        }

        _at += 2;
        return trim;
    }

    /// <summary>The end of the action; braces within quotes do not close it.</summary>
    private int FindClose(int open)
    {
        for (var i = _at; i < _text.Length; i++)
        {
            switch (_text[i])
            {
                case '"' or '`':
                    var quote = _text[i];
                    for (i++; i < _text.Length && _text[i] != quote; i++)
                    {
                        i += quote == '"' && _text[i] == '\\' ? 1 : 0;
                    }

                    break;
                case '}' when i + 1 < _text.Length && _text[i + 1] == '}':
                    return i;
            }
        }

        throw Fail("the '{{' is not closed", open, 2);
    }

    private List<TemplatePartPlan> Pipeline(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Fail("the parentheses are nested too deeply", _at, 1);
        }

        var value = Command(null, depth);
        for (SkipBlanks(); _at < _end && _text[_at] == '|'; SkipBlanks())
        {
            _at++;
            value = Command(value, depth);
        }

        return value;
    }

    /// <summary>A value, or <c>base64</c> with its arguments; what comes through a pipe is the last of them.</summary>
    private List<TemplatePartPlan> Command(List<TemplatePartPlan>? piped, int depth)
    {
        SkipBlanks();
        var start = _at;
        var word = Word();
        if (word is not "base64")
        {
            _at = start;
            if (piped is not null)
            {
                throw Fail($"a pipe leads into base64, and not into {Quote.Of(word.Length > 0 ? word : Rest())}", start, Math.Max(1, word.Length));
            }

            return Operand(depth) ?? throw (word.Length > 0
                ? Fail($"there is no function {Quote.Of(word)} here", start, word.Length)
                : Fail(start >= _end ? "the braces hold nothing" : $"{Quote.Of(Rest())} is not available here", Math.Min(start, _text.Length - 1), Math.Max(1, _end - start)));
        }

        var arguments = new List<TemplatePartPlan>();
        var any = piped is not null;
        while (Operand(depth) is { } argument)
        {
            any = true;
            arguments.AddRange(argument);
        }

        if (!any)
        {
            throw Fail("base64 has nothing to encode", start, word.Length);
        }

        arguments.AddRange(piped ?? []);
        var joined = Join(arguments);
        return joined.All(p => p.Text is not null)
            ? [new TemplatePartPlan { Text = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(joined.Select(p => p.Text)))) }]
            : [new TemplatePartPlan { Base64 = joined }];
    }

    /// <summary>A field, a literal or a pipeline in parentheses; null when none of them stands here.</summary>
    private List<TemplatePartPlan>? Operand(int depth)
    {
        SkipBlanks();
        if (_at >= _end)
        {
            return null;
        }

        switch (_text[_at])
        {
            case '"':
                return [new TemplatePartPlan { Text = Quoted() }];
            case '`':
                var close = _text.IndexOf('`', _at + 1);
                if (close < 0 || close >= _end)
                {
                    throw Fail("the literal is not closed", _at, 1);
                }

                var raw = _text[(_at + 1)..close].Replace("\r", "", StringComparison.Ordinal);
                _at = close + 1;
                return [new TemplatePartPlan { Text = raw }];
            case '.':
                return [Field()];
            case '(':
                var open = _at++;
                var value = Pipeline(depth + 1);
                SkipBlanks();
                if (_at >= _end || _text[_at] != ')')
                {
                    throw Fail("the '(' is not closed", open, 1);
                }

                _at++;
                return value;
            default:
                return null;
        }
    }

    private TemplatePartPlan Field()
    {
        var start = _at++;
        var name = Word();
        if (name == TemplateGrammar.Credentials && _at < _end && _text[_at] == '.' && !_grammar.CredentialNames.IsEmpty)
        {
            _at++;
            name += "." + Word();
        }

        var known = _grammar.Fields.Contains(name) || _grammar.CredentialNames.Any(c => name == $"{TemplateGrammar.Credentials}.{c}");
        if (!known || (_at < _end && _text[_at] == '.'))
        {
            throw Fail($"there is no field {Quote.Of("." + name)}", start, name.Length + 1);
        }

        return new TemplatePartPlan { Field = name };
    }

    private string Quoted()
    {
        var start = _at++;
        var text = new StringBuilder();
        while (_at < _end && _text[_at] != '"')
        {
            if (_text[_at] == '\n')
            {
                throw Fail("the literal is not closed", start, 1);
            }

            if (_text[_at] == '\\')
            {
                text.Append(EscapedCharacter());
            }
            else
            {
                text.Append(_text[_at++]);
            }
        }

        if (_at >= _end)
        {
            throw Fail("the literal is not closed", start, 1);
        }

        _at++;
        return text.ToString();
    }

    private string EscapedCharacter()
    {
        var start = _at;
        var c = _at + 1 < _end ? _text[_at + 1] : '\0';
        _at += 2;
        switch (c)
        {
            case 'a':
                return "\a";
            case 'b':
                return "\b";
            case 'f':
                return "\f";
            case 'n':
                return "\n";
            case 'r':
                return "\r";
            case 't':
                return "\t";
            case 'v':
                return "\v";
            case '\\' or '"':
                return c.ToString();
            case 'x':
                return Code(start, 2, 16, 0x7f);
            case 'u':
                return Code(start, 4, 16, 0xffff);
            case 'U':
                return Code(start, 8, 16, 0x10ffff);
            case >= '0' and <= '7':
                _at--;
                return Code(start, 3, 8, 0x7f);
            default:
                throw Fail("there is no such escape", start, 2);
        }
    }

    private string Code(int start, int digits, int radix, int max)
    {
        var code = 0L;
        for (var i = 0; i < digits; i++, _at++)
        {
            var digit = _at < _end && char.IsAsciiHexDigit(_text[_at]) ? Convert.ToInt32(_text[_at].ToString(), 16) : 99;
            if (digit >= radix)
            {
                throw Fail($"the escape needs {digits} digits", start, _at - start);
            }

            code = (code * radix) + digit;
        }

        return code <= max && Rune.IsValid((int)code)
            ? new Rune((int)code).ToString()
            : throw Fail("the escape stands for no character", start, _at - start);
    }

    private string Word()
    {
        var start = _at;
        while (_at < _end && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private string Rest() => _text[Math.Min(_at, _end).._end].TrimEnd();

    private void SkipBlanks()
    {
        while (_at < _text.Length && IsBlank(_text[_at]))
        {
            _at++;
        }
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';

    private void AddText(string text)
    {
        if (text.Length > 0)
        {
            _parts.Add(new TemplatePartPlan { Text = text });
        }
    }

    /// <summary>Neighbouring texts become one, so that two spellings of one template are equal.</summary>
    private static ImmutableArray<TemplatePartPlan> Join(List<TemplatePartPlan> parts)
    {
        var joined = ImmutableArray.CreateBuilder<TemplatePartPlan>();
        foreach (var part in parts)
        {
            if (part.Text is not null && joined.Count > 0 && joined[^1].Text is { } before)
            {
                joined[^1] = new TemplatePartPlan { Text = before + part.Text };
            }
            else if (part.Text is not "")
            {
                joined.Add(part);
            }
        }

        return joined.ToImmutable();
    }

    private static TemplateException Fail(string message, int at, int length) => new(message, at, Math.Max(1, length));

    /// <summary>Carries a problem to <see cref="Parse"/>. It never leaves this class.</summary>
    private sealed class TemplateException(string message, int at, int length) : Exception(message)
    {
        public int At { get; } = at;

        public int Length { get; } = length;
    }
}
