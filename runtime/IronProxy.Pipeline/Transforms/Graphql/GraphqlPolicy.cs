using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using GraphQLParser.AST;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>Decides about operations of GraphQL: all that a request brings, whichever of them it names.</summary>
/// <param name="plan">The policy.</param>
/// <exception cref="PlanException">An expression in it cannot be used.</exception>
internal sealed class GraphqlPolicy(GraphqlStepPlan plan)
{
    private const string TypeName = "__typename";
    private const string Reserved = "__";

    /// <summary>How often, on the average, values of variables and defaults may be named in arguments that are asked about.</summary>
    private const int MostUses = 8;

    private const int FewArguments = 64 * 1024;

    private static readonly string[] Introspection = ["__schema", "__type"];

    private readonly Entry[] _queries = [.. plan.Queries.Select(f => new Entry(f))];
    private readonly Entry[] _mutations = [.. plan.Mutations.Select(f => new Entry(f))];
    private readonly Entry[] _subscriptions = [.. plan.Subscriptions.Select(f => new Entry(f))];
    private readonly FrozenSet<string> _hashes = plan.PersistedQueries.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Decides about what a request asks for.</summary>
    /// <param name="requests">What it asks for; null when it is malformed.</param>
    /// <param name="isBatch">Whether that came in a list.</param>
    /// <param name="queriesOnly">Whether it may have no effect, because it is a GET.</param>
    public GraphqlDecision Decide(ImmutableArray<GraphqlRequest>? requests, bool isBatch, bool queriesOnly)
    {
        if (requests is not { } asked)
        {
            return new GraphqlDecision(Reason.MalformedGraphql, [], 0, isBatch);
        }

        var budget = new GraphqlBudget(plan.MaxDepth, plan.MaxFields, FewArguments + (asked.Sum(static r => (long)(r.Document?.Length ?? 0) + r.VariablesLength) * MostUses));
        var calls = ImmutableArray.CreateBuilder<GraphqlCall>();
        var isUnknown = false;
        foreach (var request in asked)
        {
            if (request.Document is not { } text)
            {
                isUnknown |= !_hashes.Contains(request.Hash!); // One of the two is there.
                calls.Add(new GraphqlCall($"persisted.{request.Hash}", _hashes.Contains(request.Hash!), []));
                continue;
            }

            var document = GraphqlDocument.Read(text, budget);
            if (document is null || (request.Operation is { } named && document.Operations.All(o => o.Name != named)))
            {
                return new GraphqlDecision(budget.IsExceeded ? Reason.GraphqlTooLarge : Reason.MalformedGraphql, [], asked.Length, isBatch);
            }

            calls.AddRange(document.Operations.SelectMany(o => o.Fields.Select(f => Ask(o, f, request.Variables, budget, queriesOnly))));
            if (budget.IsExceeded)
            {
                return new GraphqlDecision(Reason.GraphqlTooLarge, [], asked.Length, isBatch);
            }
        }

        var refusal = calls.All(c => c.IsAllowed) ? null : isUnknown ? Reason.PersistedQueryUnknown : Reason.GraphqlNotAllowed;
        return new GraphqlDecision(refusal, calls.ToImmutable(), asked.Length, isBatch);
    }

    private GraphqlCall Ask(GraphqlOperation operation, GraphqlField field, JsonElement variables, GraphqlBudget budget, bool queriesOnly)
    {
        var (kind, entries) = operation.Type switch
        {
            OperationType.Query => ("query", _queries),
            OperationType.Mutation => ("mutation", _mutations),
            _ => ("subscription", _subscriptions),
        };
        var name = $"{kind}.{field.Name}";
        if (queriesOnly && operation.Type != OperationType.Query)
        {
            return new GraphqlCall(name, IsAllowed: false, []);
        }

        if (field.Name.StartsWith(Reserved, StringComparison.Ordinal))
        {
            return new GraphqlCall(name, field.Name == TypeName || (plan.Introspection && operation.Type == OperationType.Query && Introspection.Contains(field.Name)), []);
        }

        var answers = ImmutableArray.CreateBuilder<EntryAnswer>();
        var arguments = new Lazy<JsonElement>(() => GraphqlArguments.ToJson(field.Arguments, operation.Defaults, variables, budget)); // Once for all entries.
        foreach (var entry in entries)
        {
            if (!entry.Names(field.Name))
            {
                continue;
            }

            var answer = entry.Ask(field, arguments);
            answers.Add(answer);
            if (answer.Allows)
            {
                return new GraphqlCall(name, IsAllowed: true, answers.ToImmutable());
            }
        }

        return new GraphqlCall(name, IsAllowed: false, answers.ToImmutable());
    }

    /// <summary>The compiled form of a <see cref="GraphqlFieldPlan"/>.</summary>
    private sealed class Entry(GraphqlFieldPlan plan)
    {
        private readonly ArgumentMatchers _when = new(plan.When);
        private readonly PathTree? _fields = plan.Fields is { } paths ? PathTree.Of(paths) : null;

        public bool Names(string field) => plan.Field == field || plan.Field == GraphqlFieldPlan.Any;

        public EntryAnswer Ask(GraphqlField field, Lazy<JsonElement> arguments) =>
            new(plan.At, !_when.IsEmpty, _when.IsEmpty ? [] : _when.Failing(arguments.Value))
            {
                Unlisted = _fields?.FindUnlisted(field.Fields, ""),
            };
    }

    /// <summary>Paths of fields. Where one ends, all that is beneath is listed.</summary>
    private sealed class PathTree
    {
        private readonly Dictionary<string, PathTree?> _fields = new(StringComparer.Ordinal);

        public static PathTree Of(IEnumerable<string> paths)
        {
            var root = new PathTree();
            foreach (var path in paths)
            {
                root.Add(path.Split('.'));
            }

            return root;
        }

        /// <summary>The path of the first field that is not listed. Null when all are.</summary>
        public string? FindUnlisted(List<GraphqlField> fields, string path)
        {
            foreach (var field in fields.Where(f => f.Name != TypeName))
            {
                var isListed = _fields.TryGetValue(field.Name, out var beneath);
                if (!isListed || (beneath is not null && field.Fields.Count == 0))
                {
                    return path + field.Name;
                }

                if (beneath?.FindUnlisted(field.Fields, $"{path}{field.Name}.") is { } unlisted)
                {
                    return unlisted;
                }
            }

            return null;
        }

        private void Add(ReadOnlySpan<string> path)
        {
            if (path.Length == 1)
            {
                _fields[path[0]] = null;
            }
            else if (!_fields.TryGetValue(path[0], out var beneath))
            {
                var added = new PathTree();
                added.Add(path[1..]);
                _fields[path[0]] = added;
            }
            else
            {
                beneath?.Add(path[1..]);
            }
        }
    }
}

/// <summary>The answer about a request.</summary>
/// <param name="Refusal">Why it does not go on; null when it does.</param>
/// <param name="Calls">The fields that its operations select at their roots. Empty when it cannot be read.</param>
/// <param name="Requests">How many answers it expects.</param>
/// <param name="IsBatch">Whether they are expected in a list.</param>
internal sealed record GraphqlDecision(Reason? Refusal, ImmutableArray<GraphqlCall> Calls, int Requests, bool IsBatch);

/// <summary>A field that an operation selects at its root, or a persisted query.</summary>
/// <param name="Name">Its name behind the kind of the operation, such as <c>query.viewer</c>.</param>
/// <param name="IsAllowed">Whether it may go on.</param>
/// <param name="Entries">The entries of that field, in the order of the file, up to the one that allows it.</param>
internal sealed record GraphqlCall(string Name, bool IsAllowed, ImmutableArray<EntryAnswer> Entries)
{
    /// <summary>The name, or the path of a field beneath that the entries do not list.</summary>
    public string Denied => Entries.FirstOrDefault(e => e is { Failing.IsEmpty: true, Unlisted: not null })?.Unlisted is { } unlisted ? $"{Name}.{unlisted}" : Name;
}
