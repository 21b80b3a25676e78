using System.Numerics;

namespace IronProxy.Plan.Matching;

/// <summary>What a rule can ask of a request.</summary>
[Flags]
public enum RuleDimensions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The host.</summary>
    Host = 1,

    /// <summary>The port.</summary>
    Port = 2,

    /// <summary>The scheme.</summary>
    Scheme = 4,

    /// <summary>The method.</summary>
    Method = 8,

    /// <summary>The path.</summary>
    Path = 16,

    /// <summary>Who asks.</summary>
    Client = 32,
}

/// <summary>The rule that comes nearest to a request that it does not match.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Differs">What would have to be different.</param>
public readonly record struct NearestRule(RuleMatch Rule, RuleDimensions Differs);

/// <summary>
/// Says for one request which rules nearly match it. One pass over the rules of a set, and each condition is compared once,
/// however many rules share it; answers are kept.
/// </summary>
public sealed class NearestRules
{
    private const int Unknown = -1;

    /// <summary>More than everything else that can differ.</summary>
    private const int OtherHost = 8;

    private readonly MatchTables _tables;
    private readonly Condition[] _conditions;
    private readonly CanonicalRequest _request;
    private readonly HashSet<int> _patterns;
    private readonly int[] _differences;
    private readonly Dictionary<int, NearestRule?> _answers = [];

    internal NearestRules(MatchTables tables, Condition[] conditions, CanonicalRequest request, IEnumerable<int> patterns)
    {
        _tables = tables;
        _conditions = conditions;
        _request = request;
        _patterns = [.. patterns];
        _differences = new int[conditions.Length];
        Array.Fill(_differences, Unknown);
    }

    /// <summary>
    /// The rule with the fewest differences, among those that name the host if there are any: a rule for another host tells
    /// little about this one. Of several, the one whose host ends most like the request's, then the first in the file. Null
    /// when a rule matches, or there is none.
    /// </summary>
    public NearestRule? In(int set)
    {
        if (!_answers.TryGetValue(set, out var answer))
        {
            _answers[set] = answer = Find(set);
        }

        return answer;
    }

    private NearestRule? Find(int set)
    {
        NearestRule? best = null;
        var (bestCount, bestLabels) = (int.MaxValue, int.MinValue);
        var rules = _tables.Rules[set].Items;
        for (var i = 0; i < rules.Length; i++)
        {
            var differs = Differences(rules[i]);
            if (differs == RuleDimensions.None)
            {
                return null;
            }

            var count = BitOperations.PopCount((uint)differs) + (differs.HasFlag(RuleDimensions.Host) ? OtherHost : 0);
            if (count > bestCount)
            {
                continue;
            }

            var labels = differs.HasFlag(RuleDimensions.Host) ? CommonLabels(rules[i]) : 0;
            if (count < bestCount || labels > bestLabels)
            {
                (bestCount, bestLabels) = (count, labels);
                best = new NearestRule(new RuleMatch(set, i, rules[i].At), differs);
            }
        }

        return best;
    }

    private RuleDimensions Differences(RulePlan rule)
    {
        ref var known = ref _differences[rule.When];
        if (known == Unknown)
        {
            known = (int)_conditions[rule.When].Differences(_request);
        }

        var pattern = rule.Host ?? ~rule.Cidr!.Value; // One of the two is set.
        return (RuleDimensions)known | (_patterns.Contains(pattern) ? RuleDimensions.None : RuleDimensions.Host);
    }

    /// <summary>How many labels at the end of the host are those of the rule. Networks are near to addresses, and patterns to names.</summary>
    private int CommonLabels(RulePlan rule)
    {
        if (rule.Host is not { } index)
        {
            return _request.Host.Address is null ? -1 : 1;
        }

        if (_request.Host.Address is not null)
        {
            return 0;
        }

        var count = 0;
        var host = _request.Host.Text.AsSpan();
        var name = HostPattern.Parse(_tables.Hosts[index].Pattern).Name.AsSpan();
        while (!host.IsEmpty)
        {
            var (hostDot, nameDot) = (host.LastIndexOf('.'), name.LastIndexOf('.'));
            if (!host[(hostDot + 1)..].SequenceEqual(name[(nameDot + 1)..]))
            {
                break;
            }

            count++;
            host = host[..Math.Max(hostDot, 0)];
            name = name[..Math.Max(nameDot, 0)];
        }

        return count;
    }
}
