using System.Collections.Concurrent;

namespace IronProxy.Diagnostics;

/// <summary>The page of docs/diagnostics that explains a code, as it was built into this assembly.</summary>
/// <param name="Code">The code.</param>
/// <param name="Title">What its title says behind the code.</param>
/// <param name="Summary">Its first paragraph, without the severity.</param>
public sealed record DiagnosticPage(string Code, string Title, string Summary)
{
    private static readonly ConcurrentDictionary<string, DiagnosticPage?> Cache = new(StringComparer.Ordinal);

    /// <summary>Where the page is in the repository.</summary>
    public string Path => $"docs/diagnostics/{Code}.md";

    /// <summary>The page of a code, or null when there is none.</summary>
    public static DiagnosticPage? Find(string code) => Cache.GetOrAdd(code, Read);

    private static DiagnosticPage? Read(string code)
    {
        using var stream = typeof(DiagnosticPage).Assembly.GetManifestResourceStream($"{code}.md");
        if (stream is null)
        {
            return null;
        }

        using var reader = new StreamReader(stream);
        var blocks = reader.ReadToEnd().ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var title = blocks[0][(blocks[0].IndexOf(": ", StringComparison.Ordinal) + 2)..];
        var summary = blocks[1].ReplaceLineEndings(" ");
        var marker = summary.StartsWith('*') ? summary.IndexOf(".*", StringComparison.Ordinal) : -1;
        return new DiagnosticPage(code, title, marker < 0 ? summary : summary[(marker + 2)..].TrimStart());
    }
}
