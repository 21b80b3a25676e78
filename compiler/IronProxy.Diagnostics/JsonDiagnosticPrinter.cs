using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IronProxy.Diagnostics;

/// <summary>
/// Prints findings for programs: one JSON array of objects with path, line, column, endColumn, length, severity, code,
/// message and, when there is one, hint. Members are only ever added.
/// </summary>
/// <param name="writer">Where to print.</param>
public sealed class JsonDiagnosticPrinter(TextWriter writer) : IDiagnosticPrinter
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc />
    public void Print(IReadOnlyCollection<FileReport> files) => Print(files.SelectMany(f => f.Diagnostics));

    /// <summary>Prints findings in the given order, as one array.</summary>
    public void Print(IEnumerable<Diagnostic> diagnostics)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            foreach (var diagnostic in diagnostics)
            {
                Write(json, diagnostic);
            }

            json.WriteEndArray();
        }

        writer.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter json, Diagnostic d)
    {
        json.WriteStartObject();
        json.WriteString("path", d.Source.Path);
        json.WriteNumber("line", d.Span.Line);
        json.WriteNumber("column", d.Span.Column);
        json.WriteNumber("endColumn", d.EndColumn);
        json.WriteNumber("length", d.Span.Length);
        json.WriteString("severity", d.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "info",
        });
        json.WriteString("code", d.Code);
        json.WriteString("message", d.Message);
        if (d.Hint is not null)
        {
            json.WriteString("hint", d.Hint);
        }

        json.WriteEndObject();
    }
}
