using System.Collections.Immutable;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>Brings proxy.yaml into its canonical layout: docs/cli.md says which. What it means stays the same.</summary>
public static class ProxyFormatter
{
    /// <summary>Formats a file. An invalid one is not touched, and its mistakes are reported.</summary>
    public static FormatResult Format(SourceText source)
    {
        if (Read(source, out var diagnostics) is not { } layout)
        {
            return new FormatResult(null, diagnostics);
        }

        var text = layout.Write();
        Check(layout, new SourceText(source.Path, text));
        return new FormatResult(text, []);
    }

    /// <summary>The layout of a valid file; null when there is an error, which is then among the diagnostics.</summary>
    internal static PolicyLayout? Read(SourceText source, out ImmutableArray<Diagnostic> diagnostics)
    {
        var compiled = ProxyCompiler.Compile(source);
        diagnostics = compiled.Diagnostics;
        if (compiled.Plan is not { } plan)
        {
            return null;
        }

        var bag = new DiagnosticBag(source);
        if (LayoutReader.Read(bag) is not { } root)
        {
            diagnostics = bag.ToSorted();
            return null;
        }

        var comments = CommentScanner.Scan(source, root);
        return new PolicyLayout(source, plan.PolicyHash, root, CommentPlacer.Place(source, root, comments), comments);
    }

    /// <summary>A policy that changes its meaning on the way would be worse than a fault that is reported.</summary>
    private static void Check(PolicyLayout before, SourceText text)
    {
        var after = ProxyCompiler.Compile(text);
        if (after.Plan?.PolicyHash != before.PolicyHash)
        {
            throw new InvalidOperationException("The formatted file would have another meaning.");
        }

        var root = LayoutReader.Read(new DiagnosticBag(text)) ?? throw new InvalidOperationException("The formatted file would have anchors.");
        if (!Texts(CommentScanner.Scan(text, root)).SequenceEqual(Texts(before.Comments)))
        {
            throw new InvalidOperationException("The formatted file would have other comments.");
        }
    }

    private static IEnumerable<string> Texts(IEnumerable<ScannedComment> comments) => comments.Select(c => c.Text).Order(StringComparer.Ordinal);
}
