using IronProxy.Plan;

namespace IronProxy.Compiler.Optimization;

/// <summary>A rule before the tables are in order. One of host and network is set.</summary>
/// <param name="Host">Canonical host pattern.</param>
/// <param name="Cidr">Canonical network.</param>
/// <param name="When">A condition, as the builder numbered it.</param>
/// <param name="At">Where the rule is written.</param>
internal readonly record struct RuleDraft(string? Host, string? Cidr, int When, SourcePosition At);
