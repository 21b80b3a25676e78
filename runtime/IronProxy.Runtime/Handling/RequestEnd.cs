using IronProxy.Plan;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Handling;

/// <summary>
/// What the record says of the end of a request: whether it was let through is one question, what became of it another, and
/// neither may be answered with the other.
/// </summary>
internal static class RequestEnd
{
    /// <summary>Sets the outcome.</summary>
    /// <param name="audit">The record.</param>
    /// <param name="failure">Why there is no response of the upstream for the client; null when there is one.</param>
    /// <returns>The reason that the record has; null when the request was let through, which a client that leaves does not undo.</returns>
    public static Reason? Judge(AuditRecord audit, Reason? failure)
    {
        if (failure is null)
        {
            return null;
        }

        if (failure == Reason.ClientClosed || failure == Reason.ClientStalled)
        {
            audit.Outcome = failure == Reason.ClientStalled ? RequestOutcome.ClientStalled : RequestOutcome.ClientLeft;
            if (!audit.IsForwarded)
            {
                return failure;
            }

            audit.RejectedBy = null;
            return null;
        }

        audit.Outcome = failure == Reason.Internal ? RequestOutcome.Failed
            : !audit.IsForwarded ? RequestOutcome.Refused
            : IsOfUpstream(failure) || audit.ResponseSteps is [.., { Outcome.Rejection: not null }] ? RequestOutcome.UpstreamFailed
            : RequestOutcome.UploadFailed;
        return failure;
    }

    private static bool IsOfUpstream(Reason reason) => reason.Status is 502 or 503 or 504;
}
