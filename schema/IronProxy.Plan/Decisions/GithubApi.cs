namespace IronProxy.Plan;

/// <summary>
/// What a request asks of GitHub: a token or the end of one, at its API, or a repository, over git's own protocol
/// (https://git-scm.com/docs/http-protocol), which lives beside the API on any host.
/// </summary>
public sealed class GithubApi
{
    private const string Installations = "/app/installations/";
    private const string AccessTokens = "/access_tokens";
    private const string OwnToken = "/installation/token";

    private readonly CanonicalRequest? _at;
    private readonly string _base;

    /// <summary>Prepares it.</summary>
    /// <param name="url">URL of the API, as the plan has it.</param>
    public GithubApi(string url)
    {
        _at = CanonicalRequest.TryCreateFromUrl("POST", url, out var at) is null ? at : null;
        _base = _at?.Target.MatchPath.TrimEnd('/') ?? "";
    }

    /// <summary>Whether a request asks for an installation token, whatever the installation.</summary>
    public bool IsTokenRequest(CanonicalRequest request)
    {
        if (request.Method != "POST" || !IsBelow(request))
        {
            return false;
        }

        var path = Path(request);
        return path.StartsWith(Installations, StringComparison.OrdinalIgnoreCase)
            && path.EndsWith(AccessTokens, StringComparison.OrdinalIgnoreCase)
            && path.Length > Installations.Length + AccessTokens.Length
            && !path[Installations.Length..^AccessTokens.Length].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Whether a request ends the installation token that it carries.</summary>
    public bool IsRevocation(CanonicalRequest request) => request.Method == "DELETE" && IsBelow(request) && Path(request).Equals(OwnToken, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a request is one of git or of git-lfs, which know the scheme Basic alone.</summary>
    public bool IsGit(CanonicalRequest request)
    {
        var path = request.Target.MatchPath;
        return (path.EndsWith("/git-upload-pack", StringComparison.Ordinal)
                || path.EndsWith("/git-receive-pack", StringComparison.Ordinal)
                || (path.EndsWith("/info/refs", StringComparison.Ordinal) && request.Target.Query.Contains("service=git-", StringComparison.Ordinal))
                || path.Contains("/info/lfs/", StringComparison.Ordinal))
            && !IsBelow(request);
    }

    private bool IsBelow(CanonicalRequest request) =>
        !request.IsDestination
        && _at is { } at
        && at.Scheme == request.Scheme
        && at.Host == request.Host
        && at.Port == request.Port
        && request.Target.MatchPath.StartsWith(_base, StringComparison.Ordinal)
        && (request.Target.MatchPath.Length == _base.Length || request.Target.MatchPath[_base.Length] == '/');

    private ReadOnlySpan<char> Path(CanonicalRequest request) => request.Target.MatchPath.AsSpan(_base.Length).TrimEnd('/');
}
