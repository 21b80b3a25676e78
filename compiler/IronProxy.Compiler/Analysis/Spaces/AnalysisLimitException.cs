namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>A question that would need more memory than is reasonable. The message is one sentence for the user.</summary>
public sealed class AnalysisLimitException(string message) : Exception(message);
