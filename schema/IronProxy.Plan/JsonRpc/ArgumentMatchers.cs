using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>The compiled form of the matchers of an entry.</summary>
/// <param name="when">The matchers.</param>
/// <param name="isPositional">Whether a number at the beginning of a path is a place in a list alone: a member of that name would be one that servers leave out.</param>
/// <exception cref="PlanException">An expression in them cannot be used.</exception>
public sealed class ArgumentMatchers(ImmutableArray<ArgumentMatcherPlan> when, bool isPositional = false)
{
    private readonly (ArgumentMatcherPlan Plan, Regex? Expression)[] _matchers =
        [.. when.Select(m => (m, m.Matches is { } e ? PlanExpression.Create(e, RegexOptions.None) : null))];

    /// <summary>Whether nothing is asked.</summary>
    public bool IsEmpty => _matchers.Length == 0;

    /// <summary>The matchers that do not hold.</summary>
    /// <param name="arguments">An object, a list, or nothing.</param>
    public ImmutableArray<ArgumentMatcherPlan> Failing(JsonElement arguments) =>
        [.. _matchers.Where(m => !Holds(m.Plan, m.Expression, IsMisplaced(arguments, m.Plan.Path[0]) ? default : Argument(arguments, m.Plan.Path))).Select(m => m.Plan)];

    /// <summary>The value of an argument. Undefined when it is absent, or when it could be read in two ways.</summary>
    public static JsonElement Argument(JsonElement arguments, ImmutableArray<string> path)
    {
        foreach (var name in path)
        {
            if (arguments.ValueKind == JsonValueKind.Array)
            {
                if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= arguments.GetArrayLength()
                    || name.Length != index.ToString(CultureInfo.InvariantCulture).Length)
                {
                    return default;
                }

                arguments = arguments[index];
            }
            else if (arguments.ValueKind != JsonValueKind.Object || !TryArgument(arguments, name, out arguments))
            {
                return default;
            }
        }

        return arguments;
    }

    private bool IsMisplaced(JsonElement arguments, string first) => isPositional && arguments.ValueKind == JsonValueKind.Object && first.All(char.IsAsciiDigit);

    private static bool Holds(ArgumentMatcherPlan plan, Regex? expression, JsonElement value) =>
        value.ValueKind != JsonValueKind.Undefined
        && (expression is null
            ? plan.In is { } allowed && allowed.Any(a => JsonElement.DeepEquals(a, value))
            : TextOf(value) is { } text && expression.IsMatch(text));

    /// <summary>Only single values have a text; a list or an object could be written in many ways.</summary>
    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>Reads an argument, which may be absent.</summary>
    /// <returns>False when one of another letter case is there.</returns>
    private static bool TryArgument(JsonElement container, string name, out JsonElement value)
    {
        value = default;
        foreach (var member in container.EnumerateObject())
        {
            if (member.NameEquals(name))
            {
                value = member.Value;
            }
            else if (StrictJson.IsVariant(member.Name, name))
            {
                value = default;
                return false;
            }
        }

        return true;
    }
}

/// <summary>What one entry says about a call.</summary>
/// <param name="At">Where the entry is written.</param>
/// <param name="Asks">Whether it asks anything of the arguments.</param>
/// <param name="Failing">What of it does not hold.</param>
public sealed record EntryAnswer(SourcePosition At, bool Asks, ImmutableArray<ArgumentMatcherPlan> Failing)
{
    /// <summary>GraphQL: the first field beneath that the entry does not list. Null when it lists all that are selected.</summary>
    public string? Unlisted { get; init; }

    /// <summary>Whether it allows the call.</summary>
    public bool Allows => Failing.IsEmpty && Unlisted is null;
}
