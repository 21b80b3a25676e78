using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Values;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Listeners;

/// <summary>All listening addresses of a file, with their defaults. Null is a listener that is switched off.</summary>
internal sealed record ListenerSettings
{
    private const int DefaultHttpPort = 80;
    private const int DefaultHttpsPort = 443;
    private const int DefaultMetricsPort = 9090;
    private const int DefaultDnsPort = 53;

    /// <summary>The listeners in the order of the file's sections.</summary>
    public required IReadOnlyList<Listener> All { get; init; }

    /// <summary>Address of the listener that a key configures.</summary>
    public ListenAddress? this[string key] => All.Single(l => l.Key == key).Address;

    /// <summary>Reads all addresses; those that cannot be read are reported.</summary>
    public static ListenerSettings Read(ProxyFileConfig file, DiagnosticBag bag)
    {
        var dns = file.Dns is { Enabled: null or { Value: true } };
        return new ListenerSettings
        {
            All =
            [
                dns ? Read("dns.listen", file.Dns?.Listen, DefaultDnsPort, bag) : new Listener("dns.listen", null, null),
                Read("proxy.http_listen", file.Proxy?.HttpListen, DefaultHttpPort, bag),
                Read("proxy.https_listen", file.Proxy?.HttpsListen, DefaultHttpsPort, bag),
                Read("proxy.tunnel_listen", file.Proxy?.TunnelListen, null, bag),
                Read("management.listen", file.Management?.Listen, null, bag),
                Read("metrics.listen", file.Metrics?.Listen, DefaultMetricsPort, bag),
            ],
        };
    }

    private static Listener Read(string key, Located<string>? text, int? defaultPort, DiagnosticBag bag)
    {
        if (text is not { } written)
        {
            return new Listener(key, defaultPort is { } port ? new ListenAddress(null, port) : null, null);
        }

        return new Listener(key, written.Value.Length == 0 ? null : ListenText.ParseListener(written, bag), written.Span);
    }
}

/// <summary>One listener.</summary>
/// <param name="Key">The key that configures it.</param>
/// <param name="Address">Its address, or null.</param>
/// <param name="Span">Where it is written; null for a default.</param>
internal sealed record Listener(string Key, ListenAddress? Address, SourceSpan? Span);
