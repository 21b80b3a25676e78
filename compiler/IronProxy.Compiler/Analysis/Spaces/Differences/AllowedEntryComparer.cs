using System.Collections.Immutable;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>Compares lists of what may be used, or called.</summary>
/// <param name="setting">The setting that the differences belong to.</param>
/// <param name="whose">What the lists are of, such as the name of a server.</param>
/// <param name="kind">What is on them, such as <c>tool</c>.</param>
/// <param name="areNested">Whether names are paths, of which one stands for all beneath it.</param>
internal sealed class AllowedEntryComparer(string setting, string whose, string kind, bool areNested = false)
{
    public IEnumerable<SettingDifference> Compare(ImmutableArray<AllowedEntryPlan>? before, ImmutableArray<AllowedEntryPlan>? after)
    {
        if (before is not { } old || after is not { } @new)
        {
            if (before is null != after is null)
            {
                yield return after is null
                    ? new SettingDifference(setting, SettingDirection.Widens, $"any {kind} of {whose} may be used")
                    : new SettingDifference(setting, SettingDirection.Narrows, $"a {kind} of {whose} must be on a list");
            }

            yield break;
        }

        var (was, now) = (ByName(old), ByName(@new));
        if (now.Keys.Except(was.Keys, StringComparer.Ordinal).Where(n => !IsBeneath(now[n], was)).ToArray() is [_, ..] more)
        {
            yield return new SettingDifference(setting, SettingDirection.Widens, $"may be used of {whose}: {kind} {string.Join(", ", more)}");
        }

        if (was.Keys.Except(now.Keys, StringComparer.Ordinal).Where(n => !IsBeneath(was[n], now)).ToArray() is [_, ..] less)
        {
            yield return new SettingDifference(setting, SettingDirection.Narrows, $"may no longer be used of {whose}: {kind} {string.Join(", ", less)}");
        }

        foreach (var name in was.Keys.Where(now.ContainsKey))
        {
            var (wasAsked, isAsked) = (Text(was[name]), Text(now[name]));
            if (wasAsked != isAsked)
            {
                // What cannot be told to allow less may allow more.
                yield return new SettingDifference(
                    setting,
                    now[name].All(n => was[name].Any(o => AllowsNoMore(n, o))) ? SettingDirection.Narrows : SettingDirection.Widens,
                    $"of the arguments of {kind} {name} of {whose} is asked: {isAsked}; before: {wasAsked}");
            }
        }
    }

    /// <summary>Whether all that entries allow is beneath something that others allow.</summary>
    private bool IsBeneath(AllowedEntryPlan[] entries, SortedDictionary<string, AllowedEntryPlan[]> others) =>
        areNested && others.Any(o => entries[0].Name.StartsWith(o.Key + ".", StringComparison.Ordinal) && entries.All(e => o.Value.Any(other => AllowsNoMore(e, other))));

    /// <summary>The names that may be used, and the entries of each, of which one is enough.</summary>
    private static SortedDictionary<string, AllowedEntryPlan[]> ByName(ImmutableArray<AllowedEntryPlan> entries) => new(
        entries.GroupBy(e => e.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToArray()),
        StringComparer.Ordinal);

    /// <summary>Whether all that an entry allows is allowed by another one: for each thing that this one asks, it asks the same or more.</summary>
    private static bool AllowsNoMore(AllowedEntryPlan entry, AllowedEntryPlan other) => other.When.All(asked => entry.When.Any(m => m.Path.SequenceEqual(asked.Path, StringComparer.Ordinal) && (m, asked) switch
    {
        ({ In: { } values }, { In: { } allowed }) => values.All(v => allowed.Any(a => a.GetRawText() == v.GetRawText())),
        ({ Matches: { } pattern }, { Matches: { } same }) => pattern == same,
        _ => false,
    }));

    private static string Text(AllowedEntryPlan[] entries) => string.Join(" or ", entries.Select(Text).Order(StringComparer.Ordinal));

    private static string Text(AllowedEntryPlan entry) => entry.When.IsEmpty ? "nothing" : string.Join(" and ", entry.When.Select(Text).Order(StringComparer.Ordinal));

    private static string Text(ArgumentMatcherPlan matcher) =>
        $"{string.Join('.', matcher.Path)} {(matcher.In is { } values ? $"in {string.Join(',', values.Select(v => v.GetRawText()).Order(StringComparer.Ordinal))}" : $"matches {JsonSerializer.Serialize(matcher.Matches)}")}";
}
