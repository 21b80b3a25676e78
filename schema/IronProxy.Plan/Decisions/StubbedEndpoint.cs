namespace IronProxy.Plan;

/// <summary>A token endpoint of a policy, ready to be compared with what workloads ask for.</summary>
public sealed class StubbedEndpoint
{
    private readonly CanonicalRequest? _at;

    /// <summary>Prepares one.</summary>
    /// <param name="url">Its URL, as the plan has it.</param>
    public StubbedEndpoint(string url) => _at = CanonicalRequest.TryCreateFromUrl("POST", url, out var at) is null ? at : null;

    /// <summary>Whether a request goes there, whatever its method and query.</summary>
    public bool IsAskedBy(CanonicalRequest request) =>
        !request.IsDestination
        && _at is { } at
        && at.Scheme == request.Scheme
        && at.Host == request.Host
        && at.Port == request.Port
        && at.Target.MatchPath == request.Target.MatchPath;
}
