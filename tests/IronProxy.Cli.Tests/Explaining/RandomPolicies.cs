using System.Text;

namespace IronProxy.Cli.Tests.Explaining;

/// <summary>Random policies and requests of a small world, in which hosts, paths and ports meet often.</summary>
internal sealed class RandomPolicies(int seed)
{
    private static readonly string[] Patterns =
        ["*", "a.test", "b.test", "*.a.test", "*.test", "x.a.test", "*.x.a.test", "x?.a.test", "x-*.test", "*.b?.test", "10.0.0.5"];

    private static readonly string[] Networks = ["10.0.0.0/8", "10.0.0.5/32", "192.0.2.0/24"];

    private static readonly string[] Hosts =
        ["a.test", "b.test", "x.a.test", "y.x.a.test", "x1.a.test", "x-1.test", "q.bb.test", "test", "other.org", "10.0.0.5", "10.1.1.1", "192.0.2.1", "198.51.100.1"];

    private static readonly string[] Methods = ["GET", "POST", "PURGE"];

    private static readonly string[] Paths = ["/v1/*", "/v1/a", "/*", "/v*", "/*/b", "/v1/?"];

    private static readonly string[] Targets = ["/", "/v1", "/v1/", "/v1/a", "/v1/b", "/v1/b/c", "/v2", "/x/b"];

    private static readonly int[] Ports = [80, 443, 8443];

    private static readonly string[] Schemes = ["http", "https"];

    private static readonly string[] Placeholders = ["placeholder-one", "placeholder-two"];

    private readonly Random _random = new(seed);
    private readonly StringBuilder _yaml = new();
    private int _line = 1;

    public NaivePolicy Policy()
    {
        var sniOnly = _random.Next(6) == 0;
        Write(sniOnly ? "tls: {mode: sni-only}" : "tls: {ca_cert: ca.crt, ca_key: ca.key}");
        Write("transforms:");
        var steps = new List<NaiveStep> { Allowlist() };
        for (var more = _random.Next(4); more > 0; more--)
        {
            steps.Add(_random.Next(10) switch
            {
                0 or 1 => Allowlist(),
                2 => Tokens(),
                3 or 4 => HeaderAllowlist(),
                _ => Secrets(),
            });
        }

        return new NaivePolicy(sniOnly, [.. steps], _yaml.ToString());
    }

    public NaiveRequest Request()
    {
        var scheme = Pick(Schemes);
        var method = _random.Next(8) == 0 ? "CONNECT" : Pick(Methods);
        var port = _random.Next(3) > 0 ? scheme == "https" ? 443 : 80 : Pick(Ports);
        var key = _random.Next(3) switch { 0 => null, 1 => "nothing", _ => $"a {Pick(Placeholders)} b" };
        var body = _random.Next(3) == 0 ? $"{{\"a\": \"{Pick(Placeholders)}\"}}" : null;
        return new NaiveRequest(method, scheme, Pick(Hosts), port, Pick(Targets), key, HidesKey: _random.Next(6) == 0, method == "CONNECT" ? null : body);
    }

    private NaiveStep Allowlist()
    {
        var warn = _random.Next(5) == 0;
        var line = Write("  - name: allowlist");
        Write("    config:");
        Write($"      warn: {(warn ? "true" : "false")}");
        Write("      rules:");
        return new NaiveStep("allowlist", line, warn, [new NaiveEntry(line, null, false, false, false, Rules("        ", _random.Next(1, 7)))]);
    }

    private NaiveStep Tokens()
    {
        var line = Write("  - name: gcp_auth");
        Write("    config:");
        Write("      keyfile_path: gcp.json");
        Write("      scopes: [a]");
        Write("      rules:");
        return new NaiveStep("gcp_auth", line, false, [new NaiveEntry(line, null, false, false, false, Rules("        ", _random.Next(1, 3)))]);
    }

    private NaiveStep HeaderAllowlist()
    {
        var keeps = _random.Next(2) == 0;
        var line = Write("  - name: header_allowlist");
        Write("    config:");
        Write($"      headers: [{(keeps ? "X-Key" : "X-Other")}]");
        Write("      rules:");
        return new NaiveStep("header_allowlist", line, keeps, [new NaiveEntry(line, null, false, false, false, Rules("        ", _random.Next(1, 4)))]);
    }

    private NaiveStep Secrets()
    {
        var line = Write("  - name: secrets");
        Write("    config:");
        Write("      secrets:");
        var entries = new List<NaiveEntry>();
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var (placeholder, require, plaintext) = (_random.Next(3) > 0 ? Pick(Placeholders) : null, _random.Next(3) == 0, _random.Next(2) == 0);
            var inBody = placeholder is not null && _random.Next(3) == 0;
            var at = Write("        - source: {type: env, var: KEY}");
            Write(placeholder is null
                ? "          inject: {header: X-Key}"
                : $"          replace: {{proxy_value: {placeholder}, match_headers: [X-Key], match_body: {(inBody ? "true" : "false")}, require: {(require ? "true" : "false")}}}");
            Write($"          allow_plaintext: {(plaintext ? "true" : "false")}");
            var rules = _random.Next(placeholder is null ? 1 : 0, 4);
            Write(rules == 0 ? "          rules: []" : "          rules:");
            entries.Add(new NaiveEntry(at, placeholder, inBody, require, plaintext, Rules("            ", rules)));
        }

        return new NaiveStep("secrets", line, false, [.. entries]);
    }

    private NaiveRule[] Rules(string indent, int count)
    {
        var rules = new NaiveRule[count];
        for (var i = 0; i < count; i++)
        {
            var network = _random.Next(5) == 0;
            var rule = new NaiveRule(
                _line, network ? "cidr" : "host", network ? Pick(Networks) : Pick(Patterns), Some(Methods, 2), Some(Paths, 2), Some(Ports, 4), Some(Schemes, 5));
            Write($"{indent}- {rule}");
            rules[i] = rule;
        }

        return rules;
    }

    /// <summary>Usually none, which means any.</summary>
    private T[] Some<T>(T[] values, int rarity) => _random.Next(rarity) == 0 ? [.. values.Where(_ => _random.Next(2) == 0)] : [];

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];

    private int Write(string text)
    {
        _yaml.Append(text).Append('\n');
        return _line++;
    }
}
