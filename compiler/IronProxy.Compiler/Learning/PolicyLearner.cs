using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Learning;

/// <summary>
/// Gathers requests that got through, and makes the smallest allowlist of them that a person can read. It is the same
/// whatever order the requests come in.
/// </summary>
public sealed class PolicyLearner
{
    /// <summary>So many hosts below one domain are worth a remark.</summary>
    private const int MinSiblings = 3;

    private readonly SortedDictionary<(string Host, string Client), HostRequests> _hosts = new(Comparer<(string Host, string Client)>.Create(Compare));
    private readonly SortedDictionary<string, long> _tunnels = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string What, string Why), long> _leftOut = new(Comparer<(string What, string Why)>.Create(Compare));

    /// <summary>Adds a request, or the destination of a tunnel.</summary>
    /// <param name="request">The request.</param>
    /// <param name="count">How often it was recorded.</param>
    public void Add(CanonicalRequest request, long count)
    {
        var host = request.Host;
        if (SensitiveHosts.Why(host) is { } why)
        {
            LeaveOut(host.Text, why, count);
        }
        else if (request.Method is { } method && method.Contains('*', StringComparison.Ordinal))
        {
            LeaveOut(host.Text, "no rule can name a method with a star", count);
        }
        else if (!request.IsDestination && !request.Target.OtherReadings().IsEmpty)
        {
            LeaveOut(host.Text, "a path can be read in several ways, and no rule that is learned would answer alike for all of them", count);
        }
        else if (request.Method is { } name)
        {
            Of(host, request.Client).Add(name, request.Target.MatchPath, count);
        }
        else
        {
            _tunnels[host.Text] = _tunnels.GetValueOrDefault(host.Text) + count;
        }
    }

    /// <summary>Adds TLS that was passed through: what was asked for inside nobody knows, so that all of its host is learned.</summary>
    /// <param name="host">The host.</param>
    /// <param name="client">Who asked for it; null when that is not known.</param>
    /// <param name="count">How often it was recorded.</param>
    public void AddPassed(CanonicalHost host, string? client, long count)
    {
        if (SensitiveHosts.Why(host) is { } why)
        {
            LeaveOut(host.Text, why, count);
        }
        else
        {
            Of(host, client).AddPassed(count);
        }
    }

    /// <summary>Remembers requests that are not learned.</summary>
    /// <param name="what">A host or a request.</param>
    /// <param name="why">Why they are not.</param>
    /// <param name="count">How many were recorded.</param>
    public void LeaveOut(string what, string why, long count) => _leftOut[(what, why)] = _leftOut.GetValueOrDefault((what, why)) + count;

    /// <summary>The allowlist of all that was added.</summary>
    public LearnedPolicy Learn(LearningGranularity granularity)
    {
        var hosts = _hosts.Values.Select(h => h.Host.Text).ToHashSet(StringComparer.Ordinal);
        return new LearnedPolicy(
            granularity,
            [.. _hosts.Values.Select(h => h.Learn(granularity))],
            [
                .. _leftOut.Select(l => new LeftOutRequests(l.Key.What, l.Key.Why, l.Value)),
                .. _tunnels.Where(t => !hosts.Contains(t.Key))
                    .Select(t => new LeftOutRequests(t.Key, "a tunnel was opened, and no request inside was recorded", t.Value)),
            ],
            [
                .. _hosts.Values.Where(h => h.Host.Address is null).Select(h => h.Host.Text).Distinct(StringComparer.Ordinal).GroupBy(Parent, StringComparer.Ordinal)
                    .Where(g => g.Key.Contains('.', StringComparison.Ordinal) && g.Count() >= MinSiblings)
                    .OrderBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => new SiblingHosts(g.Key, g.Count())),
            ]);
    }

    private HostRequests Of(CanonicalHost host, string? client)
    {
        var key = (host.Text, client ?? "");
        if (!_hosts.TryGetValue(key, out var requests))
        {
            _hosts[key] = requests = new HostRequests(host, client);
        }

        return requests;
    }

    private static string Parent(string name) => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static int Compare((string What, string Why) a, (string What, string Why) b) =>
        string.CompareOrdinal(a.What, b.What) is not 0 and var order ? order : string.CompareOrdinal(a.Why, b.Why);

    /// <summary>What was recorded of one client at one host.</summary>
    private sealed class HostRequests(CanonicalHost host, string? client)
    {
        private readonly Dictionary<(string Method, string Path), long> _requests = [];

        private long _passed;

        public CanonicalHost Host => host;

        public void AddPassed(long count) => _passed += count;

        public void Add(string method, string path, long count) => _requests[(method, path)] = _requests.GetValueOrDefault((method, path)) + count;

        public LearnedHost Learn(LearningGranularity granularity) => new(
            host.Address is { } address ? $"{address}/{address.GetAddressBytes().Length * 8}" : host.Text,
            host.Address is not null,
            _requests.Values.Sum() + _passed,
            _passed > 0 ? [] : granularity switch
            {
                LearningGranularity.Host => [],
                LearningGranularity.Method => [new LearnedRule([.. _requests.Keys.Select(r => r.Method).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], _requests.Values.Sum(), [])],
                _ => PathRules(),
            },
            client);

        /// <summary>Patterns with the same methods share a rule.</summary>
        private ImmutableArray<LearnedRule> PathRules()
        {
            var tree = new PathTree();
            foreach (var ((method, path), count) in _requests)
            {
                tree.Add(method, path, count);
            }

            return
            [
                .. tree.Patterns().GroupBy(p => string.Join(' ', p.Methods.Keys), StringComparer.Ordinal)
                    .OrderBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => new LearnedRule(
                        [.. g.First().Methods.Keys],
                        g.Sum(p => p.Methods.Values.Sum()),
                        [.. g.Select(p => new LearnedPath(p.Pattern, p.Methods.Values.Sum())).OrderBy(p => p.Pattern, StringComparer.Ordinal)])),
            ];
        }
    }
}
