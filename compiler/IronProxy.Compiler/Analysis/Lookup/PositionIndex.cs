using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Lookup;

/// <summary>Finds what is written at a line and column. A plan carries no more, because most of its rules are never reported.</summary>
internal sealed class PositionIndex
{
    private readonly Dictionary<SourcePosition, SourceSpan> _spans = [];
    private readonly HashSet<YamlNode> _seen = [];

    public PositionIndex(ProxyFileConfig file) => Collect(file.Node);

    /// <summary>The place; that of the whole value where it stands.</summary>
    public SourceSpan Find(SourcePosition position) => _spans[position];

    /// <summary>The depth of the recursion is bounded by the reader of the file.</summary>
    private void Collect(YamlNode node)
    {
        // What has an anchor is one node in several places.
        if (!_seen.Add(node))
        {
            return;
        }

        _spans.TryAdd(new SourcePosition(node.Span.Line, node.Span.Column), node.Span);
        switch (node)
        {
            case YamlSequence sequence:
                foreach (var item in sequence.Items)
                {
                    Collect(item);
                }

                break;
            case YamlMapping mapping:
                foreach (var entry in mapping.Entries)
                {
                    Collect(entry.Value);
                }

                break;
        }
    }
}
