using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Binding;

/// <summary>A value that the user wrote, and its place.</summary>
/// <param name="Value">The value.</param>
/// <param name="Node">Where it is written.</param>
internal readonly record struct Located<T>(T Value, YamlScalar Node)
{
    /// <summary>Where it is written.</summary>
    public SourceSpan Span => Node.Span;

    /// <summary>The place in the form that plans carry.</summary>
    public SourcePosition At => new(Node.Span.Line, Node.Span.Column);
}

/// <summary>A list that the user wrote, and its place.</summary>
/// <param name="Items">The items, in the order of the file.</param>
/// <param name="Span">Where the list begins.</param>
internal sealed record LocatedList<T>(IReadOnlyList<T> Items, SourceSpan Span);
