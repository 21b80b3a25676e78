using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Analysis.Suppressions;

/// <summary>A comment <c># ironc: ignore CODE because REASON</c>.</summary>
/// <param name="Span">The comment, from <c>ironc:</c> on.</param>
/// <param name="Line">The line whose findings it is about.</param>
/// <param name="Code">The code. Null when the comment is not understood.</param>
/// <param name="Reason">The reason. Null when there is none.</param>
internal sealed record Suppression(SourceSpan Span, int Line, string? Code, string? Reason);
