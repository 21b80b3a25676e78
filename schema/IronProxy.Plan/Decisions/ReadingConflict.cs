using IronProxy.Plan.Matching;

namespace IronProxy.Plan;

/// <summary>A request that a server may take for another one, about which policy would answer differently.</summary>
/// <param name="Denial">Why it is refused.</param>
/// <param name="Reading">The other request. Null when an override cannot be read at all.</param>
/// <param name="Rule">A rule that matches one of the two. Null when it is no rule that tells them apart.</param>
public sealed record ReadingConflict(Reason Denial, CanonicalRequest? Reading, RuleMatch? Rule);
