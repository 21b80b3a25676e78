using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;
using IronProxy.Plan;

namespace IronProxy.Compiler.PolicyTests;

/// <summary>Checks a file of tests.</summary>
internal static class PolicyTestValidator
{
    public static void Validate(PolicyTestFileConfig file, ValidationContext context)
    {
        if (file.Policy is { } policy)
        {
            context.RequireText(policy, "the path of the policy");
        }

        if (file.Tests is { Items.Count: 0 } tests && file.Node.TryGet("tests", out var entry) && entry.Value is Syntax.YamlSequence { Items.Count: 0 })
        {
            context.Bag.NoTests(tests.Span);
        }

        var names = new Dictionary<string, Located<string>>(StringComparer.Ordinal);
        foreach (var test in file.Tests?.Items ?? [])
        {
            ValidateName(test, names, context);
            ValidateRequest(test, context);
            ValidateExpectation(test, context);
        }
    }

    private static void ValidateName(PolicyTestConfig test, Dictionary<string, Located<string>> names, ValidationContext context)
    {
        if (test.Name is { } name && context.RequireText(name, "the name of the test") && !names.TryAdd(name.Value, name))
        {
            context.Bag.TestNameRepeated(name.Span, name.Value, names[name.Value].Span.Line);
        }
    }

    private static void ValidateRequest(PolicyTestConfig test, ValidationContext context)
    {
        if (test.Request is { } request
            && (!RequestText.TrySplit(request.Value, out var method, out var target) || RequestText.LacksScheme(method, target)))
        {
            context.Bag.TestRequestInvalid(request.Span);
        }

        foreach (var header in test.Headers?.Items ?? [])
        {
            if (header.Value.IndexOf(':', StringComparison.Ordinal) < 1)
            {
                context.Bag.TestHeaderInvalid(header.Span);
            }
        }
    }

    private static void ValidateExpectation(PolicyTestConfig test, ValidationContext context)
    {
        if (test.Reason is { } reason && Reason.Find(reason.Value) is null)
        {
            context.Bag.ReasonUnknown(reason.Span, reason.Value, [.. Reason.All.Select(r => r.Code)]);
        }

        if (test.Rule is { } rule && !RuleIndex.IsReference(rule.Value))
        {
            context.Bag.RuleReferenceInvalid(rule.Span, rule.Value);
        }

        string[] contradictions = test.Expect?.Value switch
        {
            "allow" => ["reason"],
            "deny" => ["injects", "swaps", "strips"],
            _ => [],
        };
        foreach (var key in contradictions.Where(test.Has))
        {
            context.Bag.ExpectationContradicts(test.KeySpan(key), key, test.Expect!.Value.Value); // It has chosen the keys.
        }
    }
}
