using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Listeners;

/// <summary>Lowers the listening addresses of the sections proxy and metrics.</summary>
internal static class ListenersLowering
{
    public static ListenersPlan Lower(ListenerSettings listeners) => new()
    {
        Http = listeners["proxy.http_listen"],
        Https = listeners["proxy.https_listen"],
        Tunnel = listeners["proxy.tunnel_listen"],
        Metrics = listeners["metrics.listen"],
    };
}
