using System.Text;

namespace IronProxy.Compiler.Tests.Formatting;

/// <summary>
/// Writes a random policy in a random layout: keys in any order, braces or indentation of any depth, any quotes, empty
/// lines, and numbered comments wherever a comment may stand.
/// </summary>
internal sealed class UntidyPolicy(int seed)
{
    private readonly Random _random = new(seed);
    private readonly StringBuilder _out = new();
    private int _notes;

    /// <summary>A comment that is indented there would be one more line of the text.</summary>
    private bool _behindBlock;

    private delegate void Value(int indent);

    public string Write()
    {
        List<(string Key, Value Value)> sections = [("tls", Tls), ("transforms", Transforms)];
        Maybe(() => sections.Add(("log", i => Mapping(i, ("level", Text("info", "debug"))))));
        Maybe(() => sections.Add(("metrics", i => Mapping(i, ("listen", Text("127.0.0.1:9090", ""))))));
        Maybe(() => sections.Add(("dns", i => Mapping(i, ("enabled", Plain("true", "yes")), ("proxy_ip", Text("172.20.0.2")), ("passthrough", List("db.example", "*.corp.example"))))));
        Mapping(0, [.. sections]);
        Notes(0);
        return _out.ToString();
    }

    private void Tls(int indent) => Mapping(indent, ("ca_cert", Text("ca.crt", "it's")), ("ca_key", Text("ca.key", "a \"b\" \\c")), ("cert_cache_size", Plain("5", "7")));

    private void Transforms(int indent)
    {
        var items = new List<Value> { i => Mapping(i, ("name", Text("allowlist")), ("config", Allowlist)) };
        Maybe(() => items.Add(i => Mapping(i, ("name", Text("secrets")), ("config", j => Mapping(j, ("secrets", k => Items(k, Secret)))))));
        Maybe(() => items.Add(i => Mapping(i, ("name", Text("annotate")), ("config", j => Mapping(j, ("annotations", k => Items(k, l => Mapping(l, ("headers", List("accept", "x-a")), ("rules", Rules)))))))));
        Items(indent, [.. items]);
    }

    private void Allowlist(int indent) => Mapping(indent, ("domains", List("a.example", "*.b.example", "localhost")), ("warn", Plain("true", "false", "off")), ("rules", Rules));

    private void Rules(int indent)
    {
        Value rule = i => Mapping(i, ("host", Text("c.example", "*.d.example")), ("methods", List("GET", "post")), ("paths", List("/v1/*", "/a-b")));
        Items(indent, rule, rule);
    }

    private void Secret(int indent) => Mapping(
        indent,
        ("source", i => Mapping(i, ("type", Text("env")), ("var", Text("A", "no", "B_C")), ("json_key", Text("x", "a.b")))),
        ("inject", i => Mapping(i, ("header", Text("Authorization")), ("formatter", Text("Bearer {{ .Value }}")))),
        ("rules", Rules));

    private void Mapping(int indent, params (string Key, Value Value)[] entries)
    {
        if (_out.Length > 0 && _out[^1] == ':')
        {
            EndLine();
            indent += 1 + _random.Next(4);
        }

        _random.Shuffle(entries);
        for (var i = 0; i < entries.Length; i++)
        {
            // Behind a dash the first key is on the line already.
            if (i > 0 || _out.Length == 0 || _out[^1] == '\n')
            {
                Notes(indent);
                _out.Append(' ', indent);
            }

            _out.Append(entries[i].Key).Append(':');
            entries[i].Value(indent);
        }
    }

    /// <summary>Values stand behind a key: mappings and lists begin their own lines.</summary>
    private Value Text(params string[] choices) => indent =>
    {
        var text = Pick(choices);
        var block = text.Length > 0 && _random.Next(8) == 0;
        if (block)
        {
            _out.Append(Pick(" |-", " >-", " |-  "));
            EndLine();
            _out.Append(' ', indent + 1 + _random.Next(3)).Append(text).Append('\n');
            _behindBlock = true;
            return;
        }

        _out.Append(' ').Append(Quoted(text));
        EndLine();
    };

    private Value Plain(params string[] choices) => _ =>
    {
        _out.Append(' ', 1 + _random.Next(3)).Append(Pick(choices));
        EndLine();
    };

    private Value List(params string[] texts) => indent =>
    {
        if (_random.Next(2) == 0)
        {
            var breaks = _random.Next(3) == 0;
            _out.Append(" [");
            for (var i = 0; i < texts.Length; i++)
            {
                if (breaks)
                {
                    EndLine();
                    Notes(indent + 1);
                    _out.Append(' ', indent + 1);
                }

                _out.Append(Quoted(texts[i])).Append(i < texts.Length - 1 || breaks ? ", " : "");
            }

            if (breaks)
            {
                EndLine();
                Notes(indent + 1);
                _out.Append(' ', indent + 1);
            }

            _out.Append(']');
            EndLine();
            return;
        }

        Items(indent, [.. texts.Select(t => (Value)(i =>
        {
            _out.Append(Quoted(t));
            EndLine();
        }))]);
    };

    private void Items(int indent, params Value[] items)
    {
        EndLine();
        var column = indent + _random.Next(4);
        foreach (var item in items)
        {
            Notes(column);
            _out.Append(' ', column).Append("- ");
            item(column + 2);
        }
    }

    private string Quoted(string text)
    {
        var plain = text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_');
        return _random.Next(plain ? 3 : 2) switch
        {
            0 => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
            1 => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
            _ => text,
        };
    }

    private void EndLine() => _out.Append(_random.Next(4) == 0 ? $" # note {_notes++}\n" : "\n");

    /// <summary>Empty lines and comments, mostly where the next line begins and sometimes elsewhere.</summary>
    private void Notes(int indent)
    {
        while (_random.Next(4) == 0)
        {
            if (_random.Next(2) == 0)
            {
                _out.Append('\n');
            }
            else
            {
                var column = _random.Next(3) == 0 ? _random.Next(12) : indent;
                _out.Append(' ', _behindBlock ? 0 : column).Append($"# note {_notes++}\n");
            }
        }

        _behindBlock = false;
    }

    private string Pick(params string[] choices) => choices[_random.Next(choices.Length)];

    private void Maybe(Action action)
    {
        if (_random.Next(2) == 0)
        {
            action();
        }
    }
}
