namespace IronProxy.Plan;

/// <summary>How WebSockets are treated once they are open.</summary>
/// <param name="Inspect">Whether their messages are read: secrets are taken out of what comes back, and put into what is sent.</param>
public sealed record WebSocketPlan(bool Inspect);
