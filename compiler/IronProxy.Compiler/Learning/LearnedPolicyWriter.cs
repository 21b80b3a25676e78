using System.Text;
using IronProxy.Compiler.Formatting;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Learning;

/// <summary>Writes a learned allowlist as a whole proxy.yaml, in its canonical layout and with how often each entry was seen.</summary>
public static class LearnedPolicyWriter
{
    /// <summary>A workload can name any number of hosts; nobody reads more.</summary>
    private const int MaxLeftOut = 40;

    private const int MaxWhatLength = 120;

    /// <summary>What a recording does not tell. It is the quickstart's.</summary>
    private const string Settings =
        """
        # Made by 'ironc learn'. What a log does not tell, the sections but transforms, are the quickstart's: fit them to your machine.

        dns:
          listen: ":53"
          proxy_ip: "172.20.0.2" # the address at which workloads reach the proxy

        proxy:
          http_listen: ":80"
          https_listen: ":443"

        tls:
          ca_cert: "/certs/ca.crt"
          ca_key: "/certs/ca.key"

        transforms:
          - name: allowlist
            config:

        """;

    /// <summary>A file of its own.</summary>
    public static string Write(LearnedPolicy learned)
    {
        var text = Settings + Config(learned, 6);
        return ProxyFormatter.Format(new SourceText("proxy.yaml", text)).Text
            ?? throw new InvalidOperationException("The learned policy has errors.");
    }

    /// <summary>Another policy with the learned allowlist in the place of its own; all else stays.</summary>
    /// <param name="learned">The allowlist.</param>
    /// <param name="policy">A valid proxy.yaml with one allowlist, or with one in warn mode.</param>
    public static RewrittenPolicy WriteInto(LearnedPolicy learned, SourceText policy)
    {
        // In the canonical layout each transform has lines of its own.
        var formatted = ProxyFormatter.Format(policy);
        if (formatted.Text is not { } text)
        {
            return new RewrittenPolicy(null, formatted.Diagnostics, null);
        }

        var source = new SourceText(policy.Path, text);
        LayoutPart[] configs = [.. AllowlistLayout.Configs(LayoutReader.Read(new DiagnosticBag(source))!)]; // It was formatted, so it has no anchors.
        LayoutPart[] warning = [.. configs.Where(IsWarning)];
        if ((warning.Length == 1 ? warning : configs) is not [var config])
        {
            return new RewrittenPolicy(null, [], $"it has {configs.Length} allowlists, and {(warning.Length == 0 ? "none" : "more than one")} of them in warn mode");
        }

        var key = config.Key!.Span; // Parts of mappings have keys.
        var end = text.IndexOf('\n', config.Value.End) + 1;
        var replaced = $"{text[..key.Start]}config:\n{Config(learned, key.Column + 1)}{text[end..]}";
        return ProxyFormatter.Format(new SourceText(policy.Path, replaced)).Text is { } result
            ? new RewrittenPolicy(result, [], null)
            : throw new InvalidOperationException("The learned policy has errors.");
    }

    private static bool IsWarning(LayoutPart config) =>
        config.Value is LayoutCollection settings && settings.Parts.Exists(p => p is { Key.Value: "warn", Value: LayoutScalar { Value: "true" } });

    /// <summary>The lines below <c>config:</c>.</summary>
    private static string Config(LearnedPolicy learned, int indent)
    {
        var lines = new List<string>();
        WriteRemarks(learned, lines);
        LearnedHost[] whole = [.. learned.Hosts.Where(h => h.Rules.IsEmpty && h.Client is null)];
        WriteList("domains", [.. whole.Where(h => !h.IsNetwork)], lines);
        WriteList("cidrs", [.. whole.Where(h => h.IsNetwork)], lines);
        if (whole.Length < learned.Hosts.Length)
        {
            lines.Add("rules:");
            foreach (var host in learned.Hosts)
            {
                if (host.Rules.IsEmpty && host.Client is not null)
                {
                    WriteHost(host, host.Count, lines);
                }

                foreach (var rule in host.Rules)
                {
                    WriteRule(host, rule, lines);
                }
            }
        }

        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(' ', indent).Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static void WriteList(string key, LearnedHost[] hosts, List<string> lines)
    {
        if (hosts.Length > 0)
        {
            lines.Add($"{key}:");
            lines.AddRange(hosts.Select(h => $"  - {ScalarWriter.Text(h.Text)} # {Requests(h.Count)}"));
        }
    }

    private static void WriteRule(LearnedHost host, LearnedRule rule, List<string> lines)
    {
        WriteHost(host, rule.Count, lines);
        lines.Add($"    methods: [{string.Join(", ", rule.Methods.Select(ScalarWriter.Text))}]");
        if (!rule.Paths.IsEmpty)
        {
            lines.Add("    paths:");
            lines.AddRange(rule.Paths.Select(p => $"      - {ScalarWriter.Text(p.Pattern)} # {p.Count}"));
        }
    }

    private static void WriteHost(LearnedHost host, long count, List<string> lines)
    {
        lines.Add($"  - {(host.IsNetwork ? "cidr" : "host")}: {ScalarWriter.Text(host.Text)} # {Requests(count)}");
        if (host.Client is { } client)
        {
            lines.Add($"    clients: [{ScalarWriter.Text(client)}]");
        }
    }

    private static void WriteRemarks(LearnedPolicy learned, List<string> lines)
    {
        lines.Add($"# Learned from {Requests(learned.Count)}; a comment at each entry says how often it was seen.");
        foreach (var siblings in learned.Siblings)
        {
            lines.Add($"# {siblings.Count} hosts are directly below {siblings.Domain}. Each is listed: a wildcard would allow any other name there too.");
        }

        if (!learned.LeftOut.IsEmpty)
        {
            lines.Add("# Left out:");
            lines.AddRange(learned.LeftOut.Take(MaxLeftOut).Select(l => $"#   {Shown(l.What)} ({Requests(l.Count)}): {l.Why}"));
        }

        if (learned.LeftOut.Length > MaxLeftOut)
        {
            lines.Add($"#   and {learned.LeftOut.Length - MaxLeftOut} more");
        }
    }

    /// <summary>In quotes, and with escapes where a character could end the comment or mislead the eye.</summary>
    private static string Shown(string what) => ScalarWriter.DoubleQuoted(what.Length <= MaxWhatLength ? what : $"{what[..MaxWhatLength]}...");

    private static string Requests(long count) => $"{count} {(count == 1 ? "request" : "requests")}";
}
