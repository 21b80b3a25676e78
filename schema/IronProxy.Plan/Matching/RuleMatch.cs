namespace IronProxy.Plan.Matching;

/// <summary>The rule of a set that decided.</summary>
/// <param name="Set">Index of the rule set.</param>
/// <param name="Rule">Index of the rule in the set.</param>
/// <param name="At">Where the rule is written.</param>
public readonly record struct RuleMatch(int Set, int Rule, SourcePosition At);
