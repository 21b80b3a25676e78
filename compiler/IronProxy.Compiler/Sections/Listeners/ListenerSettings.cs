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

    /// <summary>Address of a listener.</summary>
    public ListenAddress? this[ListenerRole role] => All.Single(l => l.Role == role).Address;

    /// <summary>Reads all addresses; those that cannot be read are reported.</summary>
    public static ListenerSettings Read(ProxyFileConfig file, DiagnosticBag bag)
    {
        var dns = file.Dns is { Enabled: null or { Value: true } };
        return new ListenerSettings
        {
            All =
            [
                dns ? Read(ListenerRole.Dns, file.Dns?.Listen, DefaultDnsPort, bag) : new Listener(ListenerRole.Dns, null, null),
                Read(ListenerRole.Http, file.Proxy?.HttpListen, DefaultHttpPort, bag),
                Read(ListenerRole.Https, file.Proxy?.HttpsListen, DefaultHttpsPort, bag),
                Read(ListenerRole.Tunnel, file.Proxy?.TunnelListen, null, bag),
                Read(ListenerRole.Management, file.Management?.Listen, null, bag),
                Read(ListenerRole.Metrics, file.Metrics?.Listen, DefaultMetricsPort, bag),
            ],
        };
    }

    private static Listener Read(ListenerRole role, Located<string>? text, int? defaultPort, DiagnosticBag bag)
    {
        if (text is not { } written)
        {
            return new Listener(role, defaultPort is { } port ? new ListenAddress(null, port) : null, null);
        }

        return new Listener(role, written.Value.Length == 0 ? null : ListenText.ParseListener(written, bag), written.Span);
    }
}

/// <summary>One listener.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Address">Its address, or null.</param>
/// <param name="Span">Where it is written; null for a default.</param>
internal sealed record Listener(ListenerRole Role, ListenAddress? Address, SourceSpan? Span);
