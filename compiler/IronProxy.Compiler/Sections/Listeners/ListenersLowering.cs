using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Listeners;

/// <summary>Lowers the listening addresses of the sections proxy and metrics.</summary>
internal static class ListenersLowering
{
    public static ListenersPlan Lower(ListenerSettings listeners) => new()
    {
        Http = listeners[ListenerRole.Http],
        Https = listeners[ListenerRole.Https],
        Tunnel = listeners[ListenerRole.Tunnel],
        Metrics = listeners[ListenerRole.Metrics],
    };
}
