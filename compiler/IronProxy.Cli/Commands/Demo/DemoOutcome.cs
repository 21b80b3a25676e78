using System.Text.Json;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>What became of one request, seen from all three sides.</summary>
/// <param name="Request">The request.</param>
/// <param name="Response">What the client got.</param>
/// <param name="Upstream">What the upstream saw. Null when nothing came.</param>
/// <param name="Audit">The audit record. Null when there was none.</param>
internal sealed record DemoOutcome(DemoRequest Request, DemoResponse Response, HttpHead? Upstream, JsonElement? Audit);
