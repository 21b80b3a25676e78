using System.Collections.Frozen;
using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>What the DNS server does about a name.</summary>
public enum NameVerdict
{
    /// <summary>It resolves to the proxy.</summary>
    Proxy,

    /// <summary>There is a static record.</summary>
    Record,

    /// <summary>The upstream resolver is asked.</summary>
    PassedThrough,

    /// <summary>It is not listed, and does not exist.</summary>
    Denied,

    /// <summary>It is not listed, and names below it are, so that it exists without an address (RFC 8020).</summary>
    DeniedAbove,
}

/// <summary>
/// Decides about names: static records first, then what is passed through, and every other name resolves to the proxy; with <c>dns.deny_unlisted</c>
/// only those that an allowlist could let through do. It never changes.
/// </summary>
public sealed class NamePolicy
{
    /// <summary>Stands for all labels: one that no pattern has a reason to name.</summary>
    private const string SomeLabel = "any-name-below";

    private readonly PlanMatcher _matcher;
    private readonly ListedNames? _listed;
    private readonly int? _passthrough;
    private readonly HostTable? _passedNames;
    private readonly FrozenSet<string> _records;
    private readonly FrozenSet<string> _aliasTargets;
    private readonly FrozenSet<string> _aboveRecords;

    /// <summary>Prepares decisions.</summary>
    /// <param name="dns">The section dns of a plan.</param>
    /// <param name="steps">The plan's steps.</param>
    /// <param name="tables">Its tables.</param>
    /// <param name="matcher">Their matcher.</param>
    public NamePolicy(DnsPlan dns, IEnumerable<StepPlan> steps, MatchTables tables, PlanMatcher matcher)
    {
        _matcher = matcher;
        _listed = dns.DenyUnlisted is true ? new ListedNames(steps, tables, matcher) : null;
        _passthrough = dns.Passthrough;
        _passedNames = _listed is not null && dns.Passthrough is { } set ? ListedNames.TableOf(tables, set) : null;
        _records = dns.Records.Select(r => r.Name).ToFrozenSet(StringComparer.Ordinal);
        _aliasTargets = dns.Records.Where(r => r.Type == "CNAME").Select(r => r.Value).ToFrozenSet(StringComparer.Ordinal);
        _aboveRecords = _records.Concat(_aliasTargets).SelectMany(Above).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Decides about a name. Nothing is allocated, unless many globs match.</summary>
    public NameVerdict Decide(in CanonicalHost name)
    {
        if (_records.Contains(name.Text))
        {
            return NameVerdict.Record;
        }

        if (_passthrough is null && _listed is null && Checks.On(Check.DnsInterception))
        {
            return NameVerdict.Proxy;
        }

        var match = _matcher.FindHost(name);
        if (IsPassedThrough(match))
        {
            return NameVerdict.PassedThrough;
        }

        // The target of an alias is answered with it, so it exists when it is asked for alone.
        return _listed is null || _listed.Contains(match) || _aliasTargets.Contains(name.Text) || !Checks.On(Check.DnsUnlisted) ? NameVerdict.Proxy
            : ExistsBelow(name) ? NameVerdict.DeniedAbove
            : NameVerdict.Denied;
    }

    /// <summary>Whether a name below one that is passed through is answered here, whatever name servers say.</summary>
    public bool IsAnsweredBelow(in CanonicalHost name)
    {
        if (_aboveRecords.Contains(name.Text))
        {
            return true;
        }

        return _listed?.MayHaveNamesBelow(name)
            ?? (CanonicalHost.TryCreate($"{SomeLabel}.{name.Text}", bracketed: false, out var below) is null && !IsPassedThrough(_matcher.FindHost(below)));
    }

    private bool ExistsBelow(in CanonicalHost name) =>
        _aboveRecords.Contains(name.Text) || _listed!.MayHaveNamesBelow(name) || _passedNames?.HasNamesBelow(name) is true; // Asked when names are listed.

    // A plan without the set passes nothing through; to the matcher no set means that all match.
    private bool IsPassedThrough(in HostMatch name) =>
        !Checks.On(Check.DnsInterception) || (_passthrough is { } set && _matcher.NamesHost(set, name));

    private static IEnumerable<string> Above(string name)
    {
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            yield return name[(dot + 1)..];
        }
    }
}
