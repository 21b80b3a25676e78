namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>The labels that match the same of some patterns.</summary>
/// <param name="Label">One of them, as short as possible.</param>
/// <param name="Matches">Which patterns match, in the order in which they were given.</param>
internal sealed record LabelClass(string Label, bool[] Matches);
