using IronProxy.Compiler.Matchers;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Transforms.JsonRpc;

/// <summary>Checks a JSON-RPC policy.</summary>
internal static class JsonRpcValidator
{
    public static void Validate(JsonRpcConfig config, ValidationContext context)
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
        foreach (var method in config.Methods?.Items ?? [])
        {
            if (method.Name is { } called && called.Value.Any(c => c is '*' or ' ' or '\t'))
            {
                context.Bag.MethodNoPattern(called.Span, called.Value);
            }

            MatcherValidator.ValidateEntry(method, method.Name, "the name of the method", method.When, context);
        }
    }
}
