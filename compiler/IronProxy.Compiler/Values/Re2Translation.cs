namespace IronProxy.Compiler.Values;

/// <summary>What came of translating an expression: a pattern, or a problem and its place.</summary>
/// <param name="Pattern">The expression for .NET, when there is no problem.</param>
/// <param name="Problem">What cannot be translated.</param>
/// <param name="At">Offset of the problem in the expression.</param>
/// <param name="Length">Length of the part that cannot be translated.</param>
internal readonly record struct Re2Translation(string? Pattern, string? Problem, int At, int Length);
