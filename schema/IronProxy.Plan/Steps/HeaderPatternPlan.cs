namespace IronProxy.Plan;

/// <summary>A header name, or a regular expression over canonical header names. Exactly one is set.</summary>
public sealed record HeaderPatternPlan
{
    /// <summary>Literal name with the letter case of proxy.yaml; compared without regard to case.</summary>
    public string? Name { get; init; }

    /// <summary>Regular expression for .NET's non-backtracking engine, matched without regard to case.</summary>
    public string? Regex { get; init; }

    /// <summary>Where the entry is written.</summary>
    public required SourcePosition At { get; init; }
}
