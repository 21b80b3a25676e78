using IronProxy.Diagnostics;
using YamlDotNet.Core;

namespace IronProxy.Compiler.Syntax;

/// <summary>Words the YAML parser's complaints for people who do not know its grammar.</summary>
internal static class ParserErrors
{
    public static void ReportParserError(this DiagnosticBag diagnostics, YamlException error)
    {
        var source = diagnostics.Source;
        var at = (int)Math.Clamp(error.End.Index > error.Start.Index ? error.Start.Index : error.End.Index, 0, source.Content.Length);
        var span = source.Span(at, 1);
        var end = source.Span((int)Math.Clamp(error.End.Index, 0, source.Content.Length), 0);

        // When the parser speaks of a tab, it may name a token far above it.
        var last = error.Message.Contains(" tab", StringComparison.Ordinal) ? source.LineCount : end.Line + 1;
        if (FindTab(source, span.Line - 1, last) is { } tab)
        {
            diagnostics.TabIndentation(tab);
            return;
        }

        diagnostics.InvalidYaml(span, Describe(error.Message));
    }

    /// <summary>The parser may name the token before a tab, or notice the tab a line later.</summary>
    private static SourceSpan? FindTab(SourceText source, int first, int last)
    {
        for (var l = Math.Max(1, first); l <= Math.Min(last, source.LineCount); l++)
        {
            var text = source.Line(l);
            var indentation = text.AsSpan(0, text.Length - text.AsSpan().TrimStart().Length);
            if (indentation.IndexOf('\t') is >= 0 and var tab)
            {
                return source.Span(source.LineStart(l) + tab, 1);
            }
        }

        return null;
    }

    private static string Describe(string message)
    {
        var comma = message.IndexOf(", ", StringComparison.Ordinal);
        var text = message.StartsWith("While ", StringComparison.OrdinalIgnoreCase) && comma > 0 ? message[(comma + 2)..] : message;
        return char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');
    }
}
