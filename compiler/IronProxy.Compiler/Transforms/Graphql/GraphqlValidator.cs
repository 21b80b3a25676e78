using System.Text.RegularExpressions;
using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Graphql;

/// <summary>Checks a GraphQL policy.</summary>
internal static partial class GraphqlValidator
{
    public static void Validate(GraphqlConfig config, ValidationContext context)
    {
        if (config.Name is { } name)
        {
            context.RequireText(name, "the name");
        }

        if (config.Error?.Message is { } message)
        {
            context.RequireText(message, "the message");
        }

        JudgedRules.Validate(config, config.Rules, context);
        foreach (var field in new[] { config.Queries, config.Mutations, config.Subscriptions }.SelectMany(l => l?.Items ?? []))
        {
            Validate(field, context);
        }

        foreach (var hash in (config.PersistedQueries?.Items ?? []).Where(h => !Sha256().IsMatch(h.Value)))
        {
            context.Bag.QueryHashInvalid(hash.Span);
        }
    }

    private static void Validate(GraphqlFieldConfig entry, ValidationContext context)
    {
        if (entry.Field is { } field)
        {
            if (field.Value.StartsWith("__", StringComparison.Ordinal))
            {
                context.Bag.FieldReserved(field.Span, field.Value);
            }
            else if (field.Value != GraphqlFieldPlan.Any && !Name().IsMatch(field.Value))
            {
                context.Bag.FieldInvalid(field.Span, field.Value);
            }
            else if (!entry.Node.TryGet("fields", out _))
            {
                context.Bag.FieldLeadsOn(field.Span, field.Value);
            }
        }

        context.RequireValue(entry, "fields", "any field or none");
        foreach (var path in (entry.Fields?.Items ?? []).Where(p => !Array.TrueForAll(p.Value.Split('.'), Name().IsMatch)))
        {
            context.Bag.FieldInvalid(path.Span, path.Value);
        }

        MatcherValidator.Validate(entry, entry.When, context);
    }

    [GeneratedRegex(@"\A[_A-Za-z][_0-9A-Za-z]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[0-9A-Fa-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sha256();
}
