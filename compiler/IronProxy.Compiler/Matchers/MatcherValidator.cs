using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Matchers;

/// <summary>Checks what is asked of arguments.</summary>
internal static class MatcherValidator
{
    private static readonly string[] MatcherKeys = ["equals", "in", "matches"];

    /// <summary>Checks an entry with a name.</summary>
    public static void ValidateEntry(ConfigRecord entry, Located<string>? name, string what, LocatedList<MatcherConfig>? when, ValidationContext context)
    {
        if (name is { } text)
        {
            context.RequireText(text, what);
        }

        Validate(entry, when, context);
    }

    /// <summary>Checks the matchers of an entry.</summary>
    public static void Validate(ConfigRecord entry, LocatedList<MatcherConfig>? when, ValidationContext context)
    {
        context.RequireValue(entry, "when", "any call or none");
        foreach (var matcher in when?.Items ?? [])
        {
            Validate(matcher, context);
        }
    }

    private static void Validate(MatcherConfig matcher, ValidationContext context)
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
        foreach (var value in MatcherLowering.Values(matcher))
        {
            JsonText.Parse(value, context.Bag);
        }

        if (matcher.Matches is { } expression)
        {
            ExpressionText.Parse(expression, context.Bag);
        }
    }
}
