using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Matchers;

/// <summary>Lowers what is asked of arguments. A single value becomes a list of one.</summary>
internal static class MatcherLowering
{
    /// <summary>The message of an error when none is written.</summary>
    public const string DefaultMessage = "blocked by iron-proxy policy";

    private const int DefaultCode = -32001;

    /// <summary>The values that an argument is compared with.</summary>
    public static IEnumerable<YamlNode> Values(MatcherConfig matcher) =>
        matcher.EqualTo is { } value ? [value] : matcher.In?.Items ?? [];

    public static JsonRpcErrorPlan LowerError(JsonRpcErrorConfig? error) => new((int)(error?.Code?.Value ?? DefaultCode), error?.Message?.Value ?? DefaultMessage);

    public static AllowedEntryPlan LowerEntry(Located<string>? name, LocatedList<MatcherConfig>? when, SourcePosition at, LoweringContext context) =>
        LowerEntry(name.Checked().Value, when, at, context);

    public static AllowedEntryPlan LowerEntry(string name, LocatedList<MatcherConfig>? when, SourcePosition at, LoweringContext context) => new()
    {
        Name = name,
        When = [.. Lower(when, context)],
        At = at,
    };

    public static IEnumerable<ArgumentMatcherPlan> Lower(LocatedList<MatcherConfig>? when, LoweringContext context) => (when?.Items ?? []).Select(matcher => new ArgumentMatcherPlan
    {
        Path = [.. matcher.Path.Checked().Value.Split('.')],
        In = matcher.Matches is null ? [.. Values(matcher).Select(v => JsonText.Parse(v, context.Repeated).Checked())] : null,
        Matches = matcher.Matches is { } expression ? ExpressionText.Parse(expression, context.Repeated).Checked() : null,
        At = matcher.At,
    });
}
