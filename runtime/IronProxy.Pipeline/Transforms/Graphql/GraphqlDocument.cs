using System.Buffers;
using GraphQLParser;
using GraphQLParser.AST;
using GraphQLParser.Exceptions;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// A document with operations. What servers could read in two ways is none: characters that some take for the end of a line, definitions of one name, fragments that are not there, go
/// in circles or are not used. All of that no valid document has.
/// </summary>
internal sealed class GraphqlDocument
{
    /// <summary>Longer ones are refused. What is made of one takes some hundred times its length.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>How deep the parser goes, which counts a field and its selections apart.</summary>
    private const int MaxParsedDepth = 300;

    /// <summary>How deep fields and fragments may stand in each other, whatever the policy says of fields.</summary>
    private const int MaxNesting = 200;

    /// <summary>Control characters but tab and line ends, the other ends of a line that Unicode has, and the byte order mark.</summary>
    private static readonly SearchValues<char> Refused = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(c => (char)c).Except(['\t', '\n', '\r']), .. Enumerable.Range(0x7F, 0x21).Select(c => (char)c), '\u2028', '\u2029', '\uFEFF']);

    private readonly Dictionary<string, GraphQLFragmentDefinition> _fragments = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private GraphqlDocument()
    {
    }

    /// <summary>Its operations.</summary>
    public List<GraphqlOperation> Operations { get; } = [];

    /// <summary>Reads a document.</summary>
    /// <param name="text">The document.</param>
    /// <param name="budget">How much may be selected.</param>
    /// <returns>The document; null when it is malformed, or when the budget is used up, which says so.</returns>
    public static GraphqlDocument? Read(string text, GraphqlBudget budget)
    {
        if (text.Length > MaxLength)
        {
            budget.Exceed();
            return null;
        }

        if (text.AsSpan().ContainsAny(Refused) || HasLoneCarriageReturn(text))
        {
            return null;
        }

        try
        {
            var document = new GraphqlDocument();
            return document.TryRead(Parser.Parse(text, new ParserOptions { Ignore = IgnoreOptions.All, MaxDepth = MaxParsedDepth }), budget) ? document : null;
        }
        catch (GraphQLMaxDepthExceededException)
        {
            budget.Exceed();
            return null;
        }
        catch (GraphQLParserException)
        {
            return null;
        }
    }

    private static bool HasLoneCarriageReturn(string text)
    {
        for (var at = text.IndexOf('\r', StringComparison.Ordinal); at >= 0; at = text.IndexOf('\r', at + 1))
        {
            if (at + 1 == text.Length || text[at + 1] != '\n')
            {
                return true; // Lexers that know line feeds alone go on with a comment here.
            }
        }

        return false;
    }

    private bool TryRead(GraphQLParser.AST.GraphQLDocument document, GraphqlBudget budget)
    {
        var operations = new List<GraphQLOperationDefinition>();
        foreach (var definition in document.Definitions)
        {
            if (definition is GraphQLOperationDefinition operation)
            {
                operations.Add(operation);
            }
            else if (definition is not GraphQLFragmentDefinition fragment || !_fragments.TryAdd(fragment.FragmentName.Name.StringValue, fragment))
            {
                return false;
            }
        }

        var names = operations.Select(o => o.Name?.StringValue).ToArray();
        if (names.Length == 0 || (names.Length > 1 && (names.Contains(null) || names.Distinct(StringComparer.Ordinal).Count() < names.Length)))
        {
            return false;
        }

        foreach (var operation in operations)
        {
            var fields = new List<GraphqlField>();
            var defaults = new Dictionary<string, GraphQLValue?>(StringComparer.Ordinal);
            if (!(operation.Variables ?? Enumerable.Empty<GraphQLVariableDefinition>()).All(v => defaults.TryAdd(v.Variable.Name.StringValue, v.DefaultValue))
                || !TryExpand(operation.SelectionSet, fields, new Place(1, 0, null), budget))
            {
                return false;
            }

            Operations.Add(new GraphqlOperation(operation.Operation, operation.Name?.StringValue, defaults, fields));
        }

        return _used.Count == _fragments.Count;
    }

    /// <summary>Puts fields in the places of fragments, whatever conditions and directives say: servers decide about those.</summary>
    private bool TryExpand(GraphQLSelectionSet set, List<GraphqlField> fields, Place place, GraphqlBudget budget)
    {
        if (place.Nesting > MaxNesting)
        {
            budget.Exceed();
        }

        foreach (var selection in set.Selections)
        {
            if (!budget.TryTake(place.Depth))
            {
                return false;
            }

            var isRead = selection switch
            {
                GraphQLField field => TryAdd(field, fields, place, budget),
                GraphQLInlineFragment inline => TryExpand(inline.SelectionSet, fields, place.Nested(), budget),
                GraphQLFragmentSpread spread => TryFollow(spread.FragmentName.Name.StringValue, fields, place, budget),
                _ => false,
            };
            if (!isRead)
            {
                return false;
            }
        }

        return true;
    }

    private bool TryAdd(GraphQLField field, List<GraphqlField> fields, Place place, GraphqlBudget budget)
    {
        var read = new GraphqlField(field.Name.StringValue, field.Arguments);
        fields.Add(read);
        return (field.Arguments is not { } arguments || arguments.Select(a => a.Name.StringValue).Distinct(StringComparer.Ordinal).Count() == arguments.Count)
            && (field.SelectionSet is not { } selected || TryExpand(selected, read.Fields, place.Below(), budget));
    }

    private bool TryFollow(string name, List<GraphqlField> fields, Place place, GraphqlBudget budget)
    {
        if (place.IsInside(name) || !_fragments.TryGetValue(name, out var fragment))
        {
            return false;
        }

        _used.Add(name);
        return TryExpand(fragment.SelectionSet, fields, place.Inside(name), budget);
    }

    /// <summary>Where a selection stands.</summary>
    private sealed record Place(int Depth, int Nesting, Place? Outer, string? Fragment = null)
    {
        public Place Below() => new(Depth + 1, Nesting + 1, this);

        public Place Nested() => new(Depth, Nesting + 1, this);

        public Place Inside(string fragment) => new(Depth, Nesting + 1, this, fragment);

        public bool IsInside(string fragment)
        {
            for (var place = this; place is not null; place = place.Outer)
            {
                if (place.Fragment == fragment)
                {
                    return true;
                }
            }

            return false;
        }
    }
}

/// <summary>An operation.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Name">Its name; null without one.</param>
/// <param name="Defaults">Its variables, and the values that they have without others.</param>
/// <param name="Fields">What it selects at its root. Aliases and fragments are resolved.</param>
internal sealed record GraphqlOperation(OperationType Type, string? Name, IReadOnlyDictionary<string, GraphQLValue?> Defaults, IReadOnlyList<GraphqlField> Fields);

/// <summary>A field that is selected.</summary>
/// <param name="Name">Its name, and not its alias.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record GraphqlField(string Name, GraphQLArguments? Arguments)
{
    /// <summary>What is selected beneath it.</summary>
    public List<GraphqlField> Fields { get; } = [];
}

/// <summary>How much the operations of one request may select.</summary>
/// <param name="maxDepth">How deep fields may stand in each other.</param>
/// <param name="maxFields">How many fields and fragments there may be.</param>
/// <param name="maxArguments">How many characters of arguments may be made.</param>
internal sealed class GraphqlBudget(int maxDepth, int maxFields, long maxArguments)
{
    private int _left = maxFields;
    private long _arguments = maxArguments;

    /// <summary>Whether something asked for more.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>Takes a field or a fragment.</summary>
    /// <returns>False when there is no room for it.</returns>
    public bool TryTake(int depth)
    {
        IsExceeded |= depth > maxDepth || _left == 0;
        _left--;
        return !IsExceeded;
    }

    /// <summary>Takes characters of arguments.</summary>
    /// <returns>False when there is no room for them.</returns>
    public bool TryWrite(int length)
    {
        _arguments -= length;
        IsExceeded |= _arguments < 0;
        return !IsExceeded;
    }

    /// <summary>Says that something asks for more.</summary>
    public void Exceed() => IsExceeded = true;
}
