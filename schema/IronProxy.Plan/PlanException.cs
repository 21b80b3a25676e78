namespace IronProxy.Plan;

/// <summary>A plan cannot be read or does not fit together. The message is for the operator and is one sentence.</summary>
public sealed class PlanException(string message, Exception? inner = null) : Exception(message, inner);
