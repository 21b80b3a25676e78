using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Mcp;

/// <summary>Checks the section mcp.</summary>
internal static class McpValidator
{
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
            if (server.Rules?.Items is { Count: > 0 } rules && rules.All(r => r.Methods is { } methods && !methods.Items.Any(BringsMessages)))
            {
                context.Bag.ServerWithoutMessages(server.KeySpan("rules"));
            }

            if (server.Upstream is { } upstream)
            {
                UrlText.ParseUpstream(upstream, context.Bag);
            }

            foreach (var tool in server.Tools?.Items ?? [])
            {
                MatcherValidator.ValidateEntry(tool, tool.Name, "the name of the tool", tool.When, context);
            }

            context.RequireValue(server, "sampling", "any question or none");
            foreach (var question in server.Sampling?.Items ?? [])
            {
                MatcherValidator.Validate(question, question.When, context);
            }

            // Without a list any may be used.
            context.RequireValue(server, "prompts", "any prompt or none");
            foreach (var prompt in server.Prompts?.Items ?? [])
            {
                MatcherValidator.ValidateEntry(prompt, prompt.Name, "the name of the prompt", prompt.When, context);
            }

            context.RequireValue(server, "resources", "any resource or none");
            foreach (var uri in (server.Resources?.Items ?? []).Select(r => r.Uri).OfType<Located<string>>())
            {
                if (context.RequireText(uri, "the URI") && uri.Value.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star && star < uri.Value.Length - 1)
                {
                    context.Bag.ResourceStarInside(uri.Span);
                }
            }
        }
    }

    private static bool BringsMessages(Located<string> method) => method.Value is "*" || method.Value.Equals("POST", StringComparison.OrdinalIgnoreCase);
}
