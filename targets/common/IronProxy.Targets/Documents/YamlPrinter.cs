using System.Globalization;
using System.Text;

namespace IronProxy.Targets.Documents;

/// <summary>Prints a tree as YAML 1.2 in block style. Readers of YAML 1.1 see the same values: what they could misread is quoted.</summary>
public static class YamlPrinter
{
    /// <summary>The document.</summary>
    /// <param name="root">Its map.</param>
    /// <param name="heading">Comment lines at its top.</param>
    /// <param name="spaced">Whether blank lines stand between the parts of the upper levels.</param>
    public static string Print(YamlMap root, string heading = "", bool spaced = true)
    {
        var text = new StringBuilder();
        AppendComment(text, heading, 0);
        AppendMap(text, root, 0, blankLines: spaced);
        return text.ToString();
    }

    /// <summary>Several documents in one file, without blank lines.</summary>
    public static string Print(IEnumerable<YamlMap> documents) => string.Join("---\n", documents.Select(d => Print(d, spaced: false)));

    private static void AppendMap(StringBuilder text, YamlMap map, int indent, bool blankLines, bool firstInline = false)
    {
        var isFirst = true;
        foreach (var entry in map)
        {
            if (blankLines && (!isFirst || indent == 0) && text.Length > 0)
            {
                text.Append('\n');
            }

            if (!(isFirst && firstInline))
            {
                AppendComment(text, entry.Comment ?? "", indent);
                text.Append(' ', indent);
            }

            isFirst = false;
            text.Append(Scalar(entry.Key)).Append(':');
            AppendValue(text, entry.Value, indent, isTop: blankLines && indent == 0);
        }
    }

    private static void AppendValue(StringBuilder text, DocumentNode value, int indent, bool isTop)
    {
        switch (value)
        {
            case YamlMap map when !map.Any():
                text.Append(" {}\n");
                break;
            case YamlMap map:
                text.Append('\n');

                // Services, networks and volumes stand apart from each other; what is in them does not.
                AppendMap(text, map, indent + 2, blankLines: isTop && map.Any(e => e.Value is YamlMap { } inner && inner.Any()));
                break;
            case YamlList list when !list.Any():
                text.Append(" []\n");
                break;
            case YamlList list when list.All(i => i is YamlText or YamlLiteral) && Inline(list) is { Length: < 100 } inline:
                text.Append(' ').Append(inline).Append('\n');
                break;
            case YamlList list:
                text.Append('\n');
                foreach (var item in list)
                {
                    // The first key of an item stands behind the dash, so its comment stands above the dash.
                    AppendComment(text, (item as YamlMap)?.FirstOrDefault()?.Comment ?? "", indent + 2);
                    text.Append(' ', indent + 2).Append('-');
                    if (item is YamlMap map && map.Any())
                    {
                        text.Append(' ');
                        AppendMap(text, map, indent + 4, blankLines: false, firstInline: true);
                    }
                    else
                    {
                        AppendValue(text, item, indent + 2, isTop: false);
                    }
                }

                break;
            case YamlText block when IsBlock(block.Value):
                AppendBlock(text, block.Value, indent + 2);
                break;
            default:
                text.Append(' ').Append(Scalar(value)).Append('\n');
                break;
        }
    }

    private static void AppendBlock(StringBuilder text, string lines, int indent)
    {
        text.Append(lines.EndsWith('\n') ? " |\n" : " |-\n");
        foreach (var line in lines.TrimEnd('\n').Split('\n'))
        {
            text.Append(' ', line.Length > 0 ? indent : 0).Append(line).Append('\n');
        }
    }

    /// <summary>Text of several lines that a block keeps as it is.</summary>
    private static bool IsBlock(string text) =>
        text.Contains('\n', StringComparison.Ordinal)
        && !text.EndsWith("\n\n", StringComparison.Ordinal)
        && text[0] is not (' ' or '\n')
        && !text.Split('\n').Any(line => line.EndsWith(' '))
        && text.All(c => c is '\n' or (>= ' ' and <= '~'));

    private static string Inline(YamlList list) => $"[{string.Join(", ", list.Select(Scalar))}]";

    private static void AppendComment(StringBuilder text, string comment, int indent)
    {
        foreach (var line in comment.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            text.Append(' ', indent).Append("# ").Append(line).Append('\n');
        }
    }

    private static string Scalar(DocumentNode node) => node switch
    {
        YamlLiteral literal => literal.Value,
        YamlText text => Scalar(text.Value),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Scalar(string text) => IsPlain(text) ? text : Quote(text);

    /// <summary>Whether nobody can take it for a number, a time, a truth value, null or a mark of YAML.</summary>
    private static bool IsPlain(string text) =>
        text.Length > 0
        && (char.IsAsciiLetter(text[0]) || text[0] == '/' || text.StartsWith("./", StringComparison.Ordinal))
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=' or '+' or '@' or ':')
        && !text.EndsWith(':')
        && text.ToUpperInvariant() is not ("Y" or "N" or "YES" or "NO" or "ON" or "OFF" or "TRUE" or "FALSE" or "NULL");

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
