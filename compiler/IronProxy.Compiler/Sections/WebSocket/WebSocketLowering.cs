using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.WebSocket;

/// <summary>Lowers the section websocket.</summary>
internal static class WebSocketLowering
{
    public static WebSocketPlan? Lower(WebSocketConfig? config) => config is { Inspect.Value: true } ? new WebSocketPlan(Inspect: true) : null;
}
