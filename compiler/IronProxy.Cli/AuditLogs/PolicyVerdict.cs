using IronProxy.Plan;

namespace IronProxy.Cli.AuditLogs;

/// <summary>What a policy at hand says to a recorded request.</summary>
/// <param name="Answer">Allowed, warned about or denied.</param>
/// <param name="Reason">Why it says no.</param>
/// <param name="Step">The step that says no. Null when the proxy itself refuses.</param>
/// <param name="At">The rule that lets the request through, or the entry that says no.</param>
/// <param name="SecretUnknown">Whether a secret may deny it on top, which depends on what the record does not hold.</param>
internal readonly record struct PolicyVerdict(PolicyAnswer Answer, Reason? Reason, string? Step, SourcePosition? At, bool SecretUnknown = false);
