using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>The requests that match any of a list of rules.</summary>
/// <param name="Rules">The rules; their order means nothing.</param>
public sealed record RequestSet(ImmutableArray<RequestRule> Rules);
