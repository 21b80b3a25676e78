using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>Reads the text of resolv.conf(5).</summary>
public static class ResolvConf
{
    private const int DnsPort = 53;

    // What the C library makes of larger numbers.
    private const int MaxServers = 3;
    private const int MaxSearch = 6;
    private const int MaxTimeout = 30;
    private const int MaxAttempts = 5;

    /// <summary>The settings. Lines that say nothing that is understood are left out, as the C library does.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="port">Where the name servers listen; the file cannot say.</param>
    public static ResolverSettings Parse(string text, int port = DnsPort)
    {
        var settings = new ResolverSettings();
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            // A keyword begins its line; comments begin with another character, and may follow behind a value.
            if (line.IsEmpty || line[0] is ' ' or '\t' or '#' or ';')
            {
                continue;
            }

            var comment = line.IndexOfAny('#', ';');
            var words = (comment < 0 ? line : line[..comment]).ToString().Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            settings = words switch
            {
                ["nameserver", var address, ..] when settings.Servers.Length < MaxServers && IPAddress.TryParse(address, out var server) =>
                    settings with { Servers = settings.Servers.Add(new IPEndPoint(server, port)) },
                ["domain", var domain, ..] => settings with { Search = ReadDomains([domain]) }, // The later of both keywords holds.
                ["search", .. var domains] => settings with { Search = ReadDomains(domains) },
                ["options", .. var options] => options.Aggregate(settings, ReadOption),
                _ => settings,
            };
        }

        return settings;
    }

    private static ImmutableArray<string> ReadDomains(IEnumerable<string> domains) =>
    [
        .. domains
            .Select(d => CanonicalHost.TryCreate(d, bracketed: false, out var host) is null && host.Address is null ? host.Text : "")
            .Where(d => d.Length > 0)
            .Take(MaxSearch),
    ];

    private static ResolverSettings ReadOption(ResolverSettings settings, string option)
    {
        var colon = option.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? option : option[..colon];
        var isNumber = int.TryParse(option.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return name switch
        {
            "rotate" => settings with { Rotate = true },
            "ndots" when isNumber => settings with { SearchFirst = number > 0 },
            "timeout" when isNumber => settings with { Timeout = TimeSpan.FromSeconds(Math.Clamp(number, 1, MaxTimeout)) },
            "attempts" when isNumber => settings with { Attempts = Math.Clamp(number, 1, MaxAttempts) },
            _ => settings,
        };
    }
}
