using System.Collections.Immutable;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Rules;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Graphql;

/// <summary>Lowers a GraphQL policy.</summary>
internal static class GraphqlLowering
{
    private const int DefaultDepth = 20;
    private const int DefaultFields = 1000;

    public static GraphqlStepPlan Lower(GraphqlConfig config, LoweringContext context) => new()
    {
        Name = config.Name.Checked().Value,
        Rules = RuleLowering.Lower(config.Rules, context).Checked(),
        Queries = Lower(config.Queries, context),
        Mutations = Lower(config.Mutations, context),
        Subscriptions = Lower(config.Subscriptions, context),
        Introspection = config.Introspection?.Value ?? false,
        PersistedQueries = [.. (config.PersistedQueries?.Items ?? []).Select(h => h.Value.ToLowerInvariant())],
        MaxDepth = (int)(config.MaxDepth?.Value ?? DefaultDepth),
        MaxFields = (int)(config.MaxFields?.Value ?? DefaultFields),
        Message = config.Error?.Message?.Value ?? MatcherLowering.DefaultMessage,
        At = config.At,
    };

    private static ImmutableArray<GraphqlFieldPlan> Lower(LocatedList<GraphqlFieldConfig>? fields, LoweringContext context) =>
    [
        .. (fields?.Items ?? []).Select(f => new GraphqlFieldPlan
        {
            Field = f.Field.Checked().Value,
            Fields = f.Fields is { } beneath ? [.. beneath.Items.Select(p => p.Value)] : null,
            When = [.. MatcherLowering.Lower(f.When, context)],
            At = f.At,
        }),
    ];
}
