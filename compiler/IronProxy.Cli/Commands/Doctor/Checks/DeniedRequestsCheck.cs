using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>The requests of --expect-denied.</summary>
internal sealed class DeniedRequestsCheck : IDoctorCheck
{
    private const string Remedy = "ask 'ironc explain' which rule lets it through; if the policy denies it, the request did not come through the proxy";

    public string Id => "denied";

    public IEnumerable<Attempt> Attempts(Workload workload) => workload.Settings.Denied.Select(request => new Attempt($"{request}", async cancellation =>
        await workload.Requests.SendAsync(CraftedRequest.Of(request), cancellation) switch
        {
            { Reply.IsDenial: true } denied => Outcome.Closed(denied.Summary),
            { Stage: ExchangeStage.NotConnected or ExchangeStage.Closed } failed => Outcome.Closed(failed.Detail),

            // The proxy denies at once: who lets a client wait is waiting for an upstream.
            { Stage: ExchangeStage.Silent } silent => Outcome.Hole($"it is not refused: {silent.Detail}", Remedy),
            { Stage: ExchangeStage.TunnelRefused } other => Outcome.Closed($"the tunnel is not opened: {other.Summary}"),
            var answered => Outcome.Hole($"it gets an answer: {answered.Summary}", Remedy),
        }));
}
