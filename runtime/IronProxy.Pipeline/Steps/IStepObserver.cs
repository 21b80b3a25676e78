using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Pipeline;

/// <summary>
/// Is told what steps do, and why. <c>ironc explain</c> listens; nobody does while requests are served, where the audit record says what was done.
/// Each step is told apart by when it speaks.
/// </summary>
public interface IStepObserver
{
    /// <summary>An allowlist has decided.</summary>
    void Decided(PolicyDecision decision);

    /// <summary>The step has asked whether it acts on the request.</summary>
    /// <param name="rules">The rule set; null when it acts on every request.</param>
    /// <param name="holds">The answer.</param>
    /// <param name="rule">The rule that matched; null when none did, or there are none.</param>
    void Asked(int? rules, bool holds, RuleMatch? rule);

    /// <summary>An entry of <c>secrets</c> whose scope the request is in has done something, or had nothing to do.</summary>
    void Did(SecretOutcome outcome);

    /// <summary>The value of an entry of <c>secrets</c> will be taken out of the response.</summary>
    void Scrubs(SecretPlan secret);

    /// <summary>The request is out of the scope of an entry of <c>secrets</c>.</summary>
    void PassedOver(SecretPlan secret);

    /// <summary>A step that mints tokens or signs has done so, or refused.</summary>
    void Did(CredentialOutcome outcome);

    /// <summary>The request is out of the scope of a step that mints tokens or signs.</summary>
    void PassedOver(CredentialOutcome outcome);

    /// <summary>Headers were taken away.</summary>
    /// <param name="names">Their canonical names.</param>
    void Stripped(IReadOnlyCollection<string> names);

    /// <summary>Headers are recorded as the workload sent them.</summary>
    /// <param name="names">Their names, whether the request has them or not.</param>
    void Records(IReadOnlyCollection<string> names);

    /// <summary>The beginning of the body is recorded as the workload sends it.</summary>
    /// <param name="limit">How many bytes at most.</param>
    void RecordsBody(int limit);

    /// <summary>Somebody is asked about the request, and what they will say is not known.</summary>
    void Asks(AskedService service);

    /// <summary>Calls in the request were judged, or would be if there were a body.</summary>
    void Judged(JudgedBody judged);
}
