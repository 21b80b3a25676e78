using System.Text;

namespace IronProxy.Compiler.Tests.Fuzzing;

/// <summary>Files that nobody would write: random bytes, and good files that something happened to. One seed gives one file.</summary>
/// <param name="originals">The files to break.</param>
/// <param name="seed">Where chance begins.</param>
internal sealed class BrokenFile(IReadOnlyList<string> originals, int seed)
{
    private const int MaxLength = 200_000;

    /// <summary>What means something to YAML, to the compiler, or to the code that reads one of the two.</summary>
    private static readonly string[] Pieces =
    [
        "&a", "*a", "<<: *a", "<<: [*a, *a]", "&a [*a]", "!!str", "!x", "!!binary", "|", ">-", "|9", "'", "\"", "\"\\u0000\"", "\"\\x07\"", "\\", "#", " #", "# ironc: ignore", "# ironc: ignore IRON2001 because it is so",
        "[", "]", "{", "}", ",", ":", ": ", "- ", "? ", "---", "...", "%YAML 1.1", "~", "null", "true", "yes", "0x10", "1e9", "-1", "99999999999999999999",
        "*", "*.*", "**", "*.com", "a..b", "-a", "xn--a", "xn--zzzzzzzzzzzz", "ünïcödé.example", "169.254.169.254", "0177.1", "::ffff:127.0.0.1", "[::1]", "fe80::1%eth0", "0.0.0.0/0", "::/0", "10.0.0.1/8", "1.2.3.4/33",
        "/", "/*", "//", "/%2e%2e/", "/%", "/a?b", "/(((a{1000}){1000}){1000})/", "/(a|b|ab)*c/", "/[/", "/\\pZ/", "(?i)", "(?P<n>x)", "{{ .Value }}", "{{", "{{ index . }}", "{{ .A | printf \"%s\" }}", "}}",
        "10s", "1h1h", "-5m", "999999999h", "1GB", "1.5MiB", "0", "host:", "rules:", "domains:", "cidrs:", "methods:", "paths:", "ports: [0, 65536]", "source:", "type: env", "var: A=B", "config: []", "name: secrets", "transforms:",
        "\t", "\r", "\r\n", "\n", "\n\n", "\u0085", "\u2028", "\uFEFF", "\uFFFD", "\U0001F600", "\u0000", "\u001b[31m", "\u202e",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The file.</summary>
    public string Write()
    {
        if (_random.Next(20) == 0)
        {
            return RandomText();
        }

        var text = new StringBuilder(Any(originals));
        for (var changes = 1 + _random.Next(8); changes > 0 && text.Length < MaxLength; changes--)
        {
            Change(text);
        }

        return text.ToString();
    }

    private string RandomText()
    {
        var bytes = new byte[_random.Next(20_000)];
        _random.NextBytes(bytes);
        return _random.Next(3) switch
        {
            0 => Encoding.UTF8.GetString(bytes),
            1 => Encoding.Latin1.GetString(bytes),
            _ => string.Concat(bytes.Take(2000).Select(b => Pieces[b % Pieces.Length] + (b > 127 ? " " : "\n"))),
        };
    }

    private void Change(StringBuilder text)
    {
        var at = _random.Next(text.Length + 1);
        var length = Math.Min(_random.Next(1, 40), text.Length - at);
        switch (_random.Next(9))
        {
            case 0:
                text.Remove(at, length);
                break;
            case 1:
                text.Insert(at, Any(Pieces));
                break;
            case 2 when length > 0:
                text.Remove(at, length).Insert(at, Any(Pieces));
                break;
            case 3 when at < text.Length:
                text[at] = (char)_random.Next(_random.Next(2) == 0 ? 0x80 : 0xD800);
                break;
            case 4:
                ReplaceScalar(text, Any(Pieces));
                break;
            case 5:
                ReplaceLine(text, static line => line.StartsWith("  ", StringComparison.Ordinal) ? line[2..] : "    " + line);
                break;
            case 6:
                ReplaceLine(text, line => string.Join('\n', Enumerable.Repeat(line, 1 + _random.Next(5))));
                break;
            case 7:
                var other = Any(originals);
                var from = _random.Next(other.Length);
                text.Insert(at, other.AsSpan(from, _random.Next(other.Length - from)));
                break;
            default:
                text.Insert(at, Any(Pieces), 1 + _random.Next(_random.Next(10) == 0 ? 5000 : 5));
                break;
        }
    }

    /// <summary>Puts something else behind a colon or a dash, so that what comes is still YAML more often than not.</summary>
    private void ReplaceScalar(StringBuilder text, string value) =>
        ReplaceLine(text, line => line.LastIndexOfAny([':', '-']) is >= 0 and var at ? $"{line[..(at + 1)]} {value}" : value);

    private void ReplaceLine(StringBuilder text, Func<string, string> change)
    {
        var lines = text.ToString().Split('\n');
        var at = _random.Next(lines.Length);
        lines[at] = change(lines[at]);
        text.Clear().AppendJoin('\n', lines);
    }

    private T Any<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];
}
