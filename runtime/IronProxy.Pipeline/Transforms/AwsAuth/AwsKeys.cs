using System.Text;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>The real credentials that requests of AWS SDKs are signed with.</summary>
/// <param name="AccessKeyId">Their name, which is sent.</param>
/// <param name="SecretAccessKey">The key, which never is.</param>
/// <param name="SessionToken">What temporary credentials are sent with; null for others.</param>
public sealed record AwsKeys(SecretValue AccessKeyId, SecretValue SecretAccessKey, SecretValue? SessionToken)
{
    /// <summary>The key of proxy.yaml that the id is read by.</summary>
    internal const string Id = "access_key_id";

    /// <summary>The key of proxy.yaml that the secret is read by.</summary>
    internal const string Secret = "secret_access_key";

    /// <summary>The key of proxy.yaml that the session token is read by.</summary>
    internal const string Token = "session_token";

    /// <summary>Why they cannot be sent, as the end of a sentence about them; null when they can.</summary>
    public string? FindProblem() => ProblemOfId(AccessKeyId) ?? (SessionToken is { } token ? ProblemOfToken(token) : null);

    /// <summary>The same for the id: it ends at a slash, and stands in a list with commas.</summary>
    internal static string? ProblemOfId(SecretValue id) =>
        id.Reveal().All(static c => char.IsAscii(c) && !char.IsControl(c) && c is not ('/' or ',' or ' ')) ? null : "has a character that no access key's id has";

    /// <summary>The same for the key, which is not sent: a line break in it is a slip of who has stored it.</summary>
    internal static string? ProblemOfSecret(SecretValue secret) => secret.Reveal().Any(char.IsControl) ? "has a line break or another control character" : null;

    /// <summary>The same for the session token.</summary>
    internal static string? ProblemOfToken(SecretValue token) =>
        HeaderName.IsValidValue(token.Reveal()) && Ascii.IsValid(token.Reveal()) ? null : "has a line break or another character that cannot be sent in a header";
}
