using System.Globalization;
using IronProxy.Plan;
using IronProxy.Plan.Tests;

namespace IronProxy.Benchmarks;

/// <summary>
/// An allowlist of so many host patterns, and requests that ask for them in random order: half are allowed, half are not.
/// All sizes are asked the same number of requests, made in the same way, so that only the patterns differ.
/// </summary>
internal sealed class MatcherWorkload
{
    public const int Probes = 65_536;

    private const int Seed = 20_26;

    /// <summary>Globs and networks are few in any file, however long its list of names is.</summary>
    private const int MaxGlobs = 32;
    private const int MaxNetworks = 32;

    private static readonly string[] TopLevel = ["com", "org", "net", "io", "dev", "example"];

    private readonly PlanPolicy _policy;
    private readonly AllowlistStepPlan _step = new() { At = new SourcePosition(1, 1), Rules = 0 };
    private readonly CanonicalRequest[] _requests;

    public MatcherWorkload(int patterns)
    {
        var rules = new TestRule[patterns];
        for (var i = 0; i < patterns; i++)
        {
            rules[i] = Rule(i, patterns);
        }

        _policy = new PlanPolicy(new ProxyPlan
        {
            FormatVersion = ProxyPlan.CurrentFormatVersion,
            Compiler = "",
            Source = "",
            PolicyHash = "",
            FileHash = "",
            Listeners = new ListenersPlan(),
            Tls = new TlsPlan { Mode = TlsMode.Mitm, CertCacheSize = 1, LeafCertExpiryHours = 1 },
            Upstream = new UpstreamPlan { DenyCidrs = [], ResponseHeaderTimeoutMs = 1 },
            BodyLimits = new BodyLimitsPlan { MaxRequestBytes = 1, MaxResponseBytes = 0 },
            Log = new LogPlan("info"),
            Matching = new MatchTablesBuilder().AddSet(rules).Build(),
            Steps = [_step],
        });
        _requests = Requests(rules);
        var allowed = DecideAll();
        if (allowed is < Probes * 4 / 10 or > Probes * 6 / 10)
        {
            throw new InvalidOperationException($"{allowed} of {Probes} requests are allowed: about half should be.");
        }
    }

    /// <summary>Decides every request. What comes back keeps the loop from being optimized away.</summary>
    public int DecideAll()
    {
        var allowed = 0;
        foreach (var request in _requests)
        {
            var host = _policy.Matcher.FindHost(request.Host);
            var decision = _policy.Decide(_step, host, request);
            if (decision.Allowed && decision.Rule is { At.Line: > 0 })
            {
                allowed++;
            }
        }

        return allowed;
    }

    private static TestRule Rule(int i, int patterns)
    {
        var networks = Math.Min(MaxNetworks, patterns / 10);
        var globs = Math.Min(MaxGlobs, patterns / 10);
        if (i < networks)
        {
            return new TestRule(null, string.Create(CultureInfo.InvariantCulture, $"10.{i}.0.0/16"));
        }

        if (i < networks + globs)
        {
            return new TestRule($"db-*.zone-{i}.{TopLevel[i % TopLevel.Length]}");
        }

        var name = $"site-{i}.{TopLevel[i % TopLevel.Length]}";
        return (i % 4) switch
        {
            0 => new TestRule("*." + name),
            1 => new TestRule("api." + name, Methods: ["GET", "POST"], Paths: ["/v1/*", "/v2/*/chat"]),
            2 => new TestRule("www." + name, Methods: ["GET"]),
            _ => new TestRule(name),
        };
    }

    private static CanonicalRequest[] Requests(TestRule[] rules)
    {
        var random = new Random(Seed);
        var requests = new CanonicalRequest[Probes];
        for (var i = 0; i < Probes; i++)
        {
            var rule = rules[random.Next(rules.Length)];
            var host = i % 2 == 0 ? Hit(rule, random) : Miss(rule, random);
            if (CanonicalRequest.TryCreateFromUrl("GET", $"https://{host}/v1/models", out requests[i]) is { } reason)
            {
                throw new InvalidOperationException($"{host}: {reason}");
            }
        }

        random.Shuffle(requests);
        return requests;
    }

    private static string Hit(TestRule rule, Random random) => rule switch
    {
        { Cidr: { } cidr } => $"{cidr[..cidr.IndexOf(".0.0/", StringComparison.Ordinal)]}.{random.Next(256)}.{random.Next(256)}",
        { Host: ['*', '.', .. var name] } => random.Next(4) == 0 ? name : $"x{random.Next(100)}.{name}",
        { Host: { } glob } when glob.Contains('*', StringComparison.Ordinal) => glob.Replace("*", $"{random.Next(1000)}", StringComparison.Ordinal),
        _ => rule.Host!, // A rule without a network has a host.
    };

    /// <summary>Names that share labels with the patterns, so that a miss is not found out at the first label.</summary>
    private static string Miss(TestRule rule, Random random) => rule switch
    {
        { Cidr: not null } => $"11.{random.Next(256)}.{random.Next(256)}.{random.Next(256)}",
        { Host: ['*', '.', .. var name] } => $"not{name}",
        { Host: { } glob } when glob.Contains('*', StringComparison.Ordinal) => glob.Replace("db-*", $"web-{random.Next(1000)}", StringComparison.Ordinal),
        { Host: { } name } => random.Next(2) == 0 ? $"y{random.Next(100)}.{name}" : $"site-{random.Next()}x.{TopLevel[random.Next(TopLevel.Length)]}",
        _ => throw new InvalidOperationException("A rule has a host or a network."),
    };
}
