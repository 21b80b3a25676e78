using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>Checks the section mcp.</summary>
internal static class McpValidator
{
    private static readonly string[] MatcherKeys = ["equals", "in", "matches"];

    public static void Validate(McpConfig config, ValidationContext context)
    {
        if (config.Error?.Message is { } message)
        {
            context.RequireText(message, "the message");
        }

        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var server in config.Servers?.Items ?? [])
        {
            if (server.Name is { } name && context.RequireText(name, "the name") && !names.TryAdd(name.Value, name.Span.Line))
            {
                context.Bag.ServerRepeated(name.Span, name.Value, names[name.Value]);
            }

            context.RequireItems(server, "rules", "rule");
            RuleValidator.Validate(server, server.Rules, context);
            foreach (var tool in server.Tools?.Items ?? [])
            {
                Validate(tool, context);
            }
        }
    }

    private static void Validate(McpToolConfig tool, ValidationContext context)
    {
        if (tool.Name is { } name)
        {
            context.RequireText(name, "the name of the tool");
        }

        context.RequireValue(tool, "when", "any call or none");
        foreach (var matcher in tool.When?.Items ?? [])
        {
            Validate(matcher, context);
        }
    }

    private static void Validate(McpMatcherConfig matcher, ValidationContext context)
    {
        if (matcher.Path is { } path && (path.Value.Split('.').Any(p => p.Length == 0) || path.Value.Any(char.IsControl)))
        {
            context.Bag.ArgumentPathInvalid(path.Span);
        }

        var written = MatcherKeys.Where(matcher.Has).ToArray();
        if (written.Length == 0 && !context.Structure.IsBroken(matcher))
        {
            context.Bag.MatcherMissing(matcher.Span);
        }

        foreach (var other in written.Skip(1))
        {
            context.Bag.MatcherTwice(matcher.KeySpan(other), other, written[0]);
        }

        context.RequireItems(matcher, "in", "value");
        foreach (var value in McpLowering.Values(matcher))
        {
            JsonText.Parse(value, context.Bag);
        }

        if (matcher.Matches is { } expression)
        {
            ExpressionText.Parse(expression, context.Bag);
        }
    }
}
