namespace IronProxy.Compiler.Learning;

/// <summary>How closely a learned allowlist follows what was recorded.</summary>
public enum LearningGranularity
{
    /// <summary>Hosts, with every method and path.</summary>
    Host,

    /// <summary>Hosts and methods, with every path.</summary>
    Method,

    /// <summary>Hosts, methods and path patterns.</summary>
    Path,
}
