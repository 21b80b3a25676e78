using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Formatting;

/// <summary>A valid policy as it is laid out, with its comments in their places.</summary>
/// <param name="Source">The file.</param>
/// <param name="PolicyHash">What it means.</param>
/// <param name="Root">Its sections.</param>
/// <param name="Header">Comments that belong to the file as a whole.</param>
/// <param name="Comments">All comments.</param>
internal sealed record PolicyLayout(SourceText Source, string PolicyHash, LayoutCollection Root, List<LayoutComment> Header, List<ScannedComment> Comments)
{
    /// <summary>Its text in the canonical layout.</summary>
    public string Write() => new LayoutWriter(Source).Write(Root, Header);
}
