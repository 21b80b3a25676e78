using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>Brings proxy.yaml into its canonical layout: docs/cli.md says which. What it means stays the same.</summary>
public static class ProxyFormatter
{
    /// <summary>Formats a file. An invalid one is not touched, and its mistakes are reported.</summary>
    public static FormatResult Format(SourceText source)
    {
        var before = ProxyCompiler.Compile(source);
        if (before.Plan is null)
        {
            return new FormatResult(null, before.Diagnostics);
        }

        var bag = new DiagnosticBag(source);
        if (LayoutReader.Read(bag) is not { } root)
        {
            return new FormatResult(null, bag.ToSorted());
        }

        var comments = CommentScanner.Scan(source, root);
        var text = new LayoutWriter(source).Write(root, CommentPlacer.Place(source, root, comments));
        Check(before.Plan.PolicyHash, comments, new SourceText(source.Path, text));
        return new FormatResult(text, []);
    }

    /// <summary>A policy that changes its meaning on the way would be worse than a fault that is reported.</summary>
    private static void Check(string policyHash, List<ScannedComment> comments, SourceText text)
    {
        var after = ProxyCompiler.Compile(text);
        if (after.Plan?.PolicyHash != policyHash)
        {
            throw new InvalidOperationException("The formatted file would have another meaning.");
        }

        var root = LayoutReader.Read(new DiagnosticBag(text)) ?? throw new InvalidOperationException("The formatted file would have anchors.");
        if (!Texts(CommentScanner.Scan(text, root)).SequenceEqual(Texts(comments)))
        {
            throw new InvalidOperationException("The formatted file would have other comments.");
        }
    }

    private static IEnumerable<string> Texts(IEnumerable<ScannedComment> comments) => comments.Select(c => c.Text).Order(StringComparer.Ordinal);
}
