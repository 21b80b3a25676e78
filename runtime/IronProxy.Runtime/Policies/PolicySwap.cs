namespace IronProxy.Runtime.Policies;

/// <summary>A swap that has happened.</summary>
/// <param name="Drained">Ends when nothing of the policy before is left.</param>
public readonly record struct PolicySwap(Task Drained);
