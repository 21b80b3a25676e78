namespace IronProxy.Plan;

/// <summary>An environment variable of the proxy process that a plan names. Without it iron-proxy does not start.</summary>
/// <param name="Name">Its name; never its value.</param>
/// <param name="At">Where it is written.</param>
public sealed record VariableUse(string Name, SourcePosition At)
{
    /// <summary>Whether nobody but the proxy may know its value.</summary>
    public bool IsSecret { get; init; } = true;

    /// <summary>What the workload holds in the place of the value. Null when it holds nothing.</summary>
    public string? Placeholder { get; init; }
}
