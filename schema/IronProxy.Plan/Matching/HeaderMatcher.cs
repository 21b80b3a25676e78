using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace IronProxy.Plan.Matching;

/// <summary>A list of header names and regular expressions over canonical header names, both without regard to case.</summary>
public sealed class HeaderMatcher
{
    /// <summary>The engine is linear in the length of the name, whatever the expression.</summary>
    public const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private readonly FrozenSet<string> _names;
    private readonly Regex[] _expressions;

    /// <summary>Compiles a list.</summary>
    /// <exception cref="PlanException">An expression in it cannot be used.</exception>
    public HeaderMatcher(ImmutableArray<HeaderPatternPlan> patterns)
    {
        IsEmpty = patterns.IsEmpty;
        _names = patterns.Where(p => p.Name is not null).Select(p => p.Name!).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _expressions = [.. patterns.Where(p => p.Regex is not null).Select(p => PlanExpression.Create(p.Regex!, Options))];
    }

    /// <summary>Whether the list has no entry.</summary>
    public bool IsEmpty { get; }

    /// <summary>Whether an entry matches.</summary>
    public bool Matches(string header)
    {
        if (_names.Contains(header))
        {
            return true;
        }

        if (_expressions.Length == 0)
        {
            return false;
        }

        var canonical = HeaderName.Canonical(header);
        foreach (var expression in _expressions)
        {
            if (expression.IsMatch(canonical))
            {
                return true;
            }
        }

        return false;
    }
}
