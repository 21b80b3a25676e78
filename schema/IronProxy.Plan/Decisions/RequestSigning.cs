using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>Whether a request may be signed.</summary>
public static class RequestSigning
{
    /// <summary>Decides whether aws_auth signs a request again, before any credential is read.</summary>
    /// <param name="regions">Regions that are signed for. Empty means all.</param>
    /// <param name="services">Services that are signed for. Empty means all.</param>
    /// <param name="authorization">The Authorization header. Null when there is none.</param>
    /// <param name="query">The query, with its question mark.</param>
    /// <param name="signature">What the request was signed for; null when that cannot be read.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? Decide(
        ImmutableArray<string> regions, ImmutableArray<string> services, string? authorization, string query, out AwsSignature? signature) =>
        AwsSignature.TryRead(authorization, query, out signature) is { } unreadable ? unreadable
        : !regions.IsEmpty && !regions.Contains(signature!.Region) ? Reason.RegionNotAllowed // What was read is there.
        : !services.IsEmpty && !services.Contains(signature!.Service) ? Reason.ServiceNotAllowed
        : null;

    /// <summary>Whether a body may be signed: its length must be known, or the step must say that it need not be.</summary>
    public static Reason? DecideBody(bool chunked, bool allowChunked) => chunked && !allowChunked ? Reason.ChunkedBodyNotAllowed : null;
}
