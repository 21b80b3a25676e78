using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IronProxy.Diagnostics;

/// <summary>Prints findings as SARIF 2.1.0 (OASIS), which code scanning and editors read.</summary>
/// <param name="writer">Where to print.</param>
/// <param name="version">Version of ironc.</param>
public sealed class SarifDiagnosticPrinter(TextWriter writer, string version) : IDiagnosticPrinter
{
    /// <summary>The base that viewers put before relative paths, by convention the root of the repository.</summary>
    private const string Root = "%SRCROOT%";

    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc />
    public void Print(IReadOnlyCollection<FileReport> files)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            WriteRun(json, files);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        writer.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private void WriteRun(Utf8JsonWriter json, IReadOnlyCollection<FileReport> files)
    {
        string[] codes = [.. files.SelectMany(f => f.Diagnostics).Select(d => d.Code).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        json.WriteStartObject();
        WriteTool(json, codes);
        WriteInvocation(json, files);
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var diagnostic in files.SelectMany(f => f.Diagnostics))
        {
            WriteResult(json, diagnostic, Array.IndexOf(codes, diagnostic.Code));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTool(Utf8JsonWriter json, string[] codes)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "ironc");
        json.WriteString("version", version);
        json.WriteStartArray("rules");
        foreach (var code in codes)
        {
            WriteRule(json, code);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The format wants helpUri absolute, and the pages lie in the repository: help names them instead.</summary>
    private static void WriteRule(Utf8JsonWriter json, string code)
    {
        json.WriteStartObject();
        json.WriteString("id", code);
        if (DiagnosticPage.Find(code) is { } page)
        {
            WriteText(json, "shortDescription", page.Title);
            WriteText(json, "fullDescription", page.Summary);
            json.WriteStartObject("help");
            json.WriteString("text", $"{page.Title}. See {page.Path}.");
            json.WriteString("markdown", $"{page.Summary} See [{page.Path}]({page.Path}).");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, IReadOnlyCollection<FileReport> files)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", files.All(f => f.Problem is null));
        json.WriteStartArray("toolExecutionNotifications");
        foreach (var file in files.Where(f => f.Problem is not null))
        {
            json.WriteStartObject();
            json.WriteString("level", "error");
            WriteText(json, "message", file.Problem!); // Asked for above.
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            WriteArtifact(json, file.Path);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteResult(Utf8JsonWriter json, Diagnostic d, int rule)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", d.Code);
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("level", d.Severity switch
        {
            DiagnosticSeverity.Error => "error",
            DiagnosticSeverity.Warning => "warning",
            _ => "note",
        });
        WriteText(json, "message", d.Hint is null ? d.Message : $"{d.Message}\nhint: {d.Hint}");
        json.WriteStartArray("locations");
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        WriteArtifact(json, d.Source.Path);
        var end = d.Source.Span(d.Span.Start + d.Span.Length, 0);
        json.WriteStartObject("region");
        json.WriteNumber("startLine", d.Span.Line);
        json.WriteNumber("startColumn", d.Span.Column);
        json.WriteNumber("endLine", end.Line);
        json.WriteNumber("endColumn", end.Column);
        json.WriteNumber("charOffset", d.Span.Start);
        json.WriteNumber("charLength", d.Span.Length);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteArtifact(Utf8JsonWriter json, string path)
    {
        json.WriteStartObject("artifactLocation");
        if (Path.IsPathRooted(path))
        {
            json.WriteString("uri", new Uri(path).AbsoluteUri);
        }
        else
        {
            json.WriteString("uri", string.Join('/', path.Replace('\\', '/').Split('/').Select(Uri.EscapeDataString)));
            json.WriteString("uriBaseId", Root);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
