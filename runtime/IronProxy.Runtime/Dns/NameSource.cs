using System.Net;
using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Who is asked about names, and what is known without asking. A plan's <c>upstream_resolver</c> stands for all of it; without one it is what the
/// machine's own files say, now.
/// </summary>
public sealed class NameSource
{
    private const string ResolvConfPath = "/etc/resolv.conf";
    private const string HostsPath = "/etc/hosts";

    private readonly Func<ResolverSettings> _settings;
    private readonly Func<HostsFile> _hosts;

    private NameSource(Func<ResolverSettings> settings, Func<HostsFile> hosts)
    {
        _settings = settings;
        _hosts = hosts;
    }

    /// <summary>The name servers.</summary>
    public ResolverSettings Settings => _settings();

    /// <summary>The names that need no name server.</summary>
    public HostsFile Hosts => _hosts();

    /// <summary>The source of a plan.</summary>
    /// <exception cref="PlanException">The resolver's address cannot be read.</exception>
    public static NameSource Of(DnsPlan? plan, HostAccess host, TimeProvider time) => plan?.UpstreamResolver is { } resolver
        ? OfServer(ReadEndpoint(resolver))
        : OfSystem(host.ReadFile, time, static text => ResolvConf.Parse(text));

    /// <summary>One name server, and nothing else.</summary>
    internal static NameSource OfServer(IPEndPoint server)
    {
        var settings = new ResolverSettings { Servers = [server] };
        return new NameSource(() => settings, static () => HostsFile.Empty);
    }

    /// <summary>The system's files.</summary>
    internal static NameSource OfSystem(Func<string, string> readFile, TimeProvider time, Func<string, ResolverSettings> parse)
    {
        var settings = new SystemFile<ResolverSettings>(ResolvConfPath, readFile, parse, time);
        var hosts = new SystemFile<HostsFile>(HostsPath, readFile, HostsFile.Parse, time);
        return new NameSource(() => settings.Content, () => hosts.Content);
    }

    /// <summary>The endpoint of a plan's upstream_resolver.</summary>
    /// <exception cref="PlanException">It names no address.</exception>
    internal static IPEndPoint ReadEndpoint(ListenAddress resolver) => IPAddress.TryParse(resolver.Address, out var address)
        ? new IPEndPoint(address, resolver.Port)
        : throw new PlanException("The plan's upstream_resolver names no IP address.");
}
