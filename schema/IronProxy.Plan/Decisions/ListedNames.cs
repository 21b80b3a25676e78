using System.Collections.Immutable;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>
/// Which names a request could ever be let through for: those that every allowlist that denies has a rule for, whatever it asks beside the host. An
/// allowlist that only warns lets everything through, so where all of them do, every name is listed; without an allowlist none is.
/// </summary>
public sealed class ListedNames
{
    private readonly PlanMatcher _matcher;
    private readonly bool _hasAllowlist;
    private readonly int[] _sets;

    // The patterns of each of these sets alone: a pattern of some other step lists nothing.
    private readonly HostTable[] _tables;

    /// <summary>Prepares the question.</summary>
    /// <param name="steps">The steps of a plan.</param>
    /// <param name="tables">Its tables.</param>
    /// <param name="matcher">Their matcher.</param>
    public ListedNames(IEnumerable<StepPlan> steps, MatchTables tables, PlanMatcher matcher)
    {
        var allowlists = steps.OfType<AllowlistStepPlan>().ToArray();
        _matcher = matcher;
        _hasAllowlist = allowlists.Length > 0;
        _sets = [.. allowlists.Where(a => !a.Warn).Select(a => a.Rules).Distinct()];
        _tables = [.. _sets.Select(s => TableOf(tables, s))];
    }

    /// <summary>Whether a name is listed. What that costs follows its labels and not the number of patterns, but for globs; nothing is allocated.</summary>
    public bool Contains(in HostMatch name)
    {
        foreach (var set in _sets)
        {
            if (!_matcher.NamesHost(set, name))
            {
                return false;
            }
        }

        return _hasAllowlist;
    }

    /// <summary>Whether a name below may be listed. Where two allowlists deny it errs towards yes.</summary>
    public bool MayHaveNamesBelow(in CanonicalHost name)
    {
        foreach (var table in _tables)
        {
            if (!table.HasNamesBelow(name))
            {
                return false;
            }
        }

        return _hasAllowlist;
    }

    internal static HostTable TableOf(MatchTables tables, int set) =>
        new([.. tables.Rules[set].Items.Select(r => r.Host).OfType<int>().Distinct().Select(h => tables.Hosts[h])], ImmutableArray<string>.Empty);
}
