namespace IronProxy.Targets;

/// <summary>Where the proxy stands, seen from the workload.</summary>
public enum TargetPattern
{
    /// <summary>On the host that runs the workloads.</summary>
    StandaloneHost,

    /// <summary>On a machine or service of its own in the network.</summary>
    NetworkProxy,

    /// <summary>Beside one workload, in its network namespace.</summary>
    Sidecar,

    /// <summary>In the machine or sandbox of the workload.</summary>
    Embedded,
}

/// <summary>What a target is, in the words of <c>ironc targets</c>.</summary>
/// <param name="Summary">One line: what is generated.</param>
/// <param name="Pattern">Where the proxy stands.</param>
/// <param name="Privileges">What whoever applies it must be allowed to do.</param>
/// <param name="Resistance">What keeps a workload from going around the proxy, and what would let it.</param>
public sealed record TargetTraits(string Summary, TargetPattern Pattern, string Privileges, string Resistance)
{
    /// <summary>The pattern in words.</summary>
    public string PatternText => Pattern switch
    {
        TargetPattern.StandaloneHost => "standalone host",
        TargetPattern.NetworkProxy => "network proxy",
        TargetPattern.Sidecar => "sidecar",
        TargetPattern.Embedded => "embedded",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
