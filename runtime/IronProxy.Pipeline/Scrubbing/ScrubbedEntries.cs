using System.Collections.Immutable;
using System.Text;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// The entries of a step whose values are taken out of responses. A response to a request in the scope of one is searched for the values of all: what one host was sent,
/// another one of the same operator may know. The search is prepared when it is first needed, and again when a value has changed.
/// </summary>
/// <param name="plan">The step.</param>
/// <param name="entries">Its entries.</param>
internal sealed class ScrubbedEntries(StepPlan plan, ImmutableArray<ScrubbedEntry> entries)
{
    private readonly Lock _gate = new();
    private PatternAutomaton? _automaton;
    private long _prepared;

    /// <summary>Whether a request is in the scope of an entry.</summary>
    public bool Concern(RequestContext request) => Concern(request.Policy, request.Host, request.Request, strictly: false);

    /// <summary>Whether no WebSocket may be opened by a request when its messages are not read.</summary>
    public bool NeedInspection(PlanPolicy policy, CanonicalRequest request) =>
        Concern(policy, policy.Matcher.FindHost(request.Host), request, strictly: true) && Checks.On(Check.ResponseSearchable);

    /// <summary>Scrubs a response.</summary>
    public async ValueTask<StepOutcome> ScrubAsync(ResponseContext response)
    {
        var request = response.Request;
        if (!await ReadAsync(request.Aborted).ConfigureAwait(false))
        {
            return StepOutcome.Reject(Reason.CredentialUnavailable, plan.At);
        }

        var strict = Concern(request.Policy, request.Host, request.Request, strictly: true);
        return ResponseScrubber.Scrub(response, Newest(), Newest, strict) is { } refusal
            ? StepOutcome.Reject(refusal, plan.At)
            : StepOutcome.Continue;
    }

    /// <summary>Says what is done with the messages of a WebSocket.</summary>
    /// <exception cref="SecretUnavailableException">A value was never seen, and there is none that may be used.</exception>
    public async ValueTask InspectAsync(PlanPolicy policy, CanonicalRequest request, WebSocketMessages messages, MessageReport report, CancellationToken cancellation)
    {
        if (!Concern(policy, policy.Matcher.FindHost(request.Host), request, strictly: false))
        {
            return;
        }

        if (!await ReadAsync(cancellation).ConfigureAwait(false))
        {
            throw new SecretUnavailableException("it was never read");
        }

        messages.Add(new ScrubbedMessages(Newest(), Newest, report));
    }

    private bool Concern(PlanPolicy policy, in HostMatch host, CanonicalRequest request, bool strictly)
    {
        if (!Checks.On(Check.ResponseScrubbed))
        {
            return false;
        }

        foreach (var entry in entries)
        {
            if ((entry.Strict || !strictly) && policy.InScope(entry.Rules, host, request, out _))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        foreach (var entry in entries)
        {
            if (!await entry.ReadAsync(cancellation).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What is to be looked for, by what was seen so far.</summary>
    private PatternAutomaton Newest()
    {
        var version = 0L;
        foreach (var entry in entries)
        {
            version += entry.Version;
        }

        lock (_gate)
        {
            // Counted before the values are taken: one that changes meanwhile is taken again.
            if (_automaton is null || version > _prepared)
            {
                _automaton = Prepare();
                _prepared = version;
            }

            return _automaton;
        }
    }

    private PatternAutomaton Prepare()
    {
        ScrubbedValue[] values = [.. entries.SelectMany(e => e.Values)];
        ScrubPattern[] patterns = [.. values.Where(v => !v.IsDerived).SelectMany(ScrubPattern.Of)];

        // What was made of a value may hide it from the search for the value alone.
        var automaton = new PatternAutomaton(patterns);
        var hidden = values.Where(v => v.IsDerived && !StreamScrubber.Finds(automaton, Encoding.UTF8.GetBytes(v.Real.Reveal()))).ToArray();
        return hidden.Length == 0 ? automaton : new PatternAutomaton(patterns.Concat(hidden.SelectMany(ScrubPattern.Of)));
    }
}
