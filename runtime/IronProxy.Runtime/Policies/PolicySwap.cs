namespace IronProxy.Runtime.Policies;

/// <summary>A swap that has happened.</summary>
/// <param name="Drained">Ends when nothing of the policy before is left.</param>
/// <param name="TunnelsEnded">Ends when no tunnel and no WebSocket is left that the policy denies, within 30 s.</param>
public readonly record struct PolicySwap(Task Drained, Task TunnelsEnded);
