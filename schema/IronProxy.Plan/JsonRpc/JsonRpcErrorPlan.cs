namespace IronProxy.Plan;

/// <summary>The JSON-RPC error of a denied call.</summary>
/// <param name="Code">Error code.</param>
/// <param name="Message">Error message.</param>
public sealed record JsonRpcErrorPlan(int Code, string Message);
