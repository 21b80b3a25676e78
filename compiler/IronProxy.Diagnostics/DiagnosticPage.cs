using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;

namespace IronProxy.Diagnostics;

/// <summary>The page of docs/diagnostics that explains a code, as it was built into this assembly.</summary>
/// <param name="Code">The code.</param>
/// <param name="Title">What its title says behind the code.</param>
/// <param name="Severity">How grave its findings are, unless settings say otherwise.</param>
/// <param name="Summary">Its first paragraph, without the severity.</param>
public sealed record DiagnosticPage(string Code, string Title, DiagnosticSeverity Severity, string Summary)
{
    private const string Extension = ".md";

    private static readonly ConcurrentDictionary<string, DiagnosticPage?> Cache = new(StringComparer.Ordinal);

    /// <summary>Every code that has a page, in order.</summary>
    public static ImmutableArray<string> Codes { get; } =
    [
        .. typeof(DiagnosticPage).Assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(Extension, StringComparison.Ordinal))
            .Select(n => n[..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Where the page is in the repository.</summary>
    public string Path => $"docs/diagnostics/{Code}.md";

    /// <summary>The page of a code, or null when there is none.</summary>
    public static DiagnosticPage? Find(string code) => Cache.GetOrAdd(code, Read);

    private static DiagnosticPage? Read(string code)
    {
        using var stream = typeof(DiagnosticPage).Assembly.GetManifestResourceStream(code + Extension);
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream);
        var blocks = reader.ReadToEnd().ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var title = blocks[0][(blocks[0].IndexOf(": ", StringComparison.Ordinal) + 2)..];
        var summary = blocks[1].ReplaceLineEndings(" ");
        var marker = summary.IndexOf(".*", StringComparison.Ordinal);
        var severity = summary[..marker] switch
        {
            "*Error" => DiagnosticSeverity.Error,
            "*Warning" => DiagnosticSeverity.Warning,
            "*Information" => DiagnosticSeverity.Information,
            var other => throw new UnreachableException($"The page of {code} begins with {other}."),
        };
        return new DiagnosticPage(code, title, severity, summary[(marker + 2)..].TrimStart());
    }
}
