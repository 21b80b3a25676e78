using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Formatting;

/// <summary>
/// Writes single values. Words are plain, and all other text is in double quotes; single quotes are taken where there would
/// be escapes otherwise, as in regular expressions.
/// </summary>
internal static partial class ScalarWriter
{
    /// <summary>A value at a place of a known kind; null when the place is not known, and the value is left as it is.</summary>
    public static string Write(LayoutScalar scalar, ConfigValueKind? kind)
    {
        var plain = new YamlScalar(scalar.Span, scalar.Value, scalar.IsPlain ? YamlScalarStyle.Plain : YamlScalarStyle.DoubleQuoted);
        return kind switch
        {
            _ when scalar.IsNull => "",
            ConfigValueKind.Boolean when ScalarRules.TryBoolean(plain, out var value, out _) => value ? "true" : "false",
            ConfigValueKind.Integer when ScalarRules.TryInteger(plain, out var value) => value.ToString(CultureInfo.InvariantCulture),
            null when scalar.IsPlain && Simple().IsMatch(scalar.Value) => scalar.Value,
            _ => Text(scalar.Value),
        };
    }

    /// <summary>A text, so that every YAML reader takes it for text.</summary>
    public static string Text(string text)
    {
        if (Word().IsMatch(text) && !NotText().IsMatch(text))
        {
            return text;
        }

        var special = text.Any(MustEscape);
        return !special && text.AsSpan().ContainsAny('\\', '"') ? $"'{text.Replace("'", "''", StringComparison.Ordinal)}'" : DoubleQuoted(text);
    }

    /// <summary>A text in double quotes, whatever it is. Nothing in it ends the line.</summary>
    public static string DoubleQuoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when MustEscape(c) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    // Control characters, other line breaks than \n, and marks that turn the direction of text or cannot be seen.
    private static bool MustEscape(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Format || c is '\uFFFE' or '\uFFFF';

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_-]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Word();

    /// <summary>Words that YAML 1.1 or 1.2 readers take for booleans and null.</summary>
    [GeneratedRegex(@"^(true|false|yes|no|on|off|y|n|null)\z", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex NotText();

    /// <summary>Plain values that are plain anywhere.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9_.+-][A-Za-z0-9_./+-]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Simple();
}
