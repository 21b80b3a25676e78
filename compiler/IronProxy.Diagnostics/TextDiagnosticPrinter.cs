namespace IronProxy.Diagnostics;

/// <summary>
/// Prints findings for people: <c>path:line:column: error CODE: message</c>, the source line, a caret under the span, and
/// the hint.
/// </summary>
/// <param name="writer">Where to print.</param>
/// <param name="color">Whether to use ANSI colours.</param>
/// <param name="width">Columns of the terminal. Null when there is none: then the output is the same on any machine.</param>
public sealed class TextDiagnosticPrinter(TextWriter writer, bool color, int? width = null) : IDiagnosticPrinter
{
    private const int WidthWithoutTerminal = 170;
    private const int LeastWidth = 50;

    /// <inheritdoc />
    public void Print(IReadOnlyCollection<FileReport> files) => Print(files.SelectMany(f => f.Diagnostics));

    /// <summary>Prints findings in the given order.</summary>
    public void Print(IEnumerable<Diagnostic> diagnostics)
    {
        // Another finding in the same line must not show what one of them hides.
        var all = diagnostics.ToArray();
        var hidden = all.Where(static d => d.Hidden is not null).ToLookup(static d => (d.Source.Path, d.Hidden!.Value.Line));
        foreach (var diagnostic in all)
        {
            Print(diagnostic, hidden[(diagnostic.Source.Path, diagnostic.Span.Line)]);
        }
    }

    private void Print(Diagnostic d, IEnumerable<Diagnostic> hidden)
    {
        var (word, ansi) = d.Severity switch
        {
            DiagnosticSeverity.Error => ("error", "1;31"),
            DiagnosticSeverity.Warning => ("warning", "1;33"),
            _ => ("info", "1;36"),
        };
        writer.WriteLine($"{Paint($"{d.Source.Path}:{d.Span.Line}:{d.Span.Column}:", "1")} {Paint($"{word} {d.Code}:", ansi)} {d.Message}");
        PrintSource(d, hidden, ansi);
        if (d.Hint is not null)
        {
            writer.WriteLine($"  {Paint("hint:", "1;32")} {d.Hint}");
        }
    }

    private void PrintSource(Diagnostic d, IEnumerable<Diagnostic> hidden, string ansi)
    {
        var line = d.Source.Line(d.Span.Line).Replace('\t', ' ');
        foreach (var one in hidden)
        {
            var (begin, to) = (one.Hidden!.Value.Column - 1, one.EndColumnOf(one.Hidden!.Value) - 1);
            line = $"{line[..begin]}{new string('*', to - begin)}{line[to..]}";
        }

        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        // A very long line is shown around the span, with room for its number before it.
        var room = Math.Max(width ?? WidthWithoutTerminal, LeastWidth) - 10;
        var column = Math.Min(d.Span.Column - 1, line.Length);
        var from = column > room - 40 ? Math.Max(0, column - (room / 4)) : 0;
        var shown = line.Substring(from, Math.Min(room, line.Length - from));
        column -= from;
        var marked = Math.Clamp(d.Span.Length, 1, Math.Max(1, shown.Length - column));
        var number = d.Span.Line.ToString(System.Globalization.CultureInfo.InvariantCulture);
        writer.WriteLine($"  {number} | {shown}");
        writer.WriteLine($"  {new string(' ', number.Length)} | {new string(' ', column)}{Paint(new string('^', marked), ansi)}");
    }

    private string Paint(string text, string ansi) => color ? $"\e[{ansi}m{text}\e[0m" : text;
}
