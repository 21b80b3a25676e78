namespace IronProxy.Plan;

/// <summary>
/// What a request asks of GitHub: a token or the end of one, at its API, or a repository, over git's own protocol
/// (https://git-scm.com/docs/http-protocol), which lives beside the API on any host.
/// </summary>
public sealed class GithubApi
{
    private readonly CanonicalRequest? _at;

    /// <summary>Prepares it.</summary>
    /// <param name="url">URL of the API, as the plan has it.</param>
    public GithubApi(string url) => _at = CanonicalRequest.TryCreateFromUrl("POST", url, out var at) is null ? at : null;

    /// <summary>Whether a request asks for an installation token, whatever the installation.</summary>
    public bool IsTokenRequest(CanonicalRequest request) =>
        request.Method == "POST" && IsBelow(request, out var path)
        && path.NextIs("app") && path.NextIs("installations") && path.Next() is { IsEmpty: false } id && !id.ContainsAnyExceptInRange('0', '9') && path.NextIs("access_tokens") && path.IsAtEnd;

    /// <summary>Whether a request ends the installation token that it carries.</summary>
    public bool IsRevocation(CanonicalRequest request) => request.Method == "DELETE" && IsBelow(request, out var path) && path.NextIs("installation") && path.NextIs("token") && path.IsAtEnd;

    /// <summary>Whether a request is one of git or of git-lfs, which know the scheme Basic alone.</summary>
    public bool IsGit(CanonicalRequest request)
    {
        var path = request.Target.MatchPath;
        return (path.EndsWith("/git-upload-pack", StringComparison.Ordinal)
                || path.EndsWith("/git-receive-pack", StringComparison.Ordinal)
                || (path.EndsWith("/info/refs", StringComparison.Ordinal) && request.Target.Query.Contains("service=git-", StringComparison.Ordinal))
                || path.Contains("/info/lfs/", StringComparison.Ordinal))
            && !IsBelow(request, out _);
    }

    /// <summary>Whether a request goes to the API.</summary>
    /// <param name="request">The request.</param>
    /// <param name="path">What is left of its path behind that of the API.</param>
    private bool IsBelow(CanonicalRequest request, out PathSegments path)
    {
        path = default;
        if (request.IsDestination || _at is not { } at || at.Scheme != request.Scheme || at.Host != request.Host || at.Port != request.Port)
        {
            return false;
        }

        path = new PathSegments(request.Target.MatchPath);
        var api = new PathSegments(at.Target.MatchPath);
        while (!api.IsAtEnd)
        {
            if (!path.Next().Equals(api.Next(), StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }
}
