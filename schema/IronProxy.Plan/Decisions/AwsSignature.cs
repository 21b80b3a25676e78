using System.Collections.Immutable;

namespace IronProxy.Plan;

/// <summary>What a request of an AWS SDK says of its signature (SigV4).</summary>
public sealed record AwsSignature
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string AsymmetricAlgorithm = "AWS4-ECDSA-P256-SHA256";
    private const string Terminator = "aws4_request";
    private const int MaxNameLength = 64;

    /// <summary>The region that it was made for.</summary>
    public required string Region { get; init; }

    /// <summary>The service that it was made for.</summary>
    public required string Service { get; init; }

    /// <summary>The headers that it covers, in lower case.</summary>
    public required ImmutableArray<string> SignedHeaders { get; init; }

    /// <summary>Whether it is in the query, of a pre-signed URL, and not in the Authorization header.</summary>
    public required bool InQuery { get; init; }

    /// <summary>Whether the service is one of S3's, which reads paths and bodies in a way of its own.</summary>
    public bool IsS3 => Service is "s3" or "s3express" or "s3-outposts" or "s3-object-lambda";

    /// <summary>Whether a query parameter is a part of a signature, and made anew with it. Letter case is not looked at.</summary>
    /// <param name="name">The parameter's name, without escapes.</param>
    public static bool IsParameter(string name) => ParameterNames.Contains(name);

    private static ImmutableHashSet<string> ParameterNames { get; } = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Content-Sha256");

    /// <summary>Reads the signature of a request. One that could be read in two ways is none.</summary>
    /// <param name="authorization">The Authorization header. Null when there is none.</param>
    /// <param name="query">The query, with its question mark.</param>
    /// <param name="signature">The signature; null when the request is refused.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? TryRead(string? authorization, string query, out AwsSignature? signature)
    {
        signature = null;
        var scheme = authorization?.Split(' ', 2)[0];
        var parameters = Parameters(query);
        if (scheme == AsymmetricAlgorithm || parameters.Any(p => p.Key.Equals("X-Amz-Algorithm", StringComparison.OrdinalIgnoreCase) && p.Value == AsymmetricAlgorithm))
        {
            return Reason.UnsupportedSigv4a;
        }

        signature = scheme != Algorithm ? OfQuery(parameters)
            : parameters.Any(p => IsParameter(p.Key)) ? null
            : OfHeader(authorization![Algorithm.Length..]); // It has the scheme.
        return signature is null ? Reason.MissingSigv4 : null;
    }

    private static AwsSignature? OfHeader(string text)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        return Single(Values("Credential=")) is { } credential ? Of(credential, Values("SignedHeaders="), inQuery: false) : null;

        string[] Values(string name) => [.. parts.Where(p => p.StartsWith(name, StringComparison.Ordinal)).Select(p => p[name.Length..])];
    }

    private static AwsSignature? OfQuery(List<KeyValuePair<string, string>> parameters)
    {
        var own = parameters.Where(p => IsParameter(p.Key)).ToList();
        if (own.DistinctBy(p => p.Key, StringComparer.OrdinalIgnoreCase).Count() < own.Count || Values("X-Amz-Algorithm") is [not Algorithm])
        {
            return null;
        }

        return Single(Values("X-Amz-Credential")) is { } credential ? Of(credential, Values("X-Amz-SignedHeaders"), inQuery: true) : null;

        string[] Values(string name) => [.. own.Where(p => p.Key == name).Select(p => p.Value)];
    }

    /// <summary><c>ACCESSKEY/DATE/REGION/SERVICE/aws4_request</c>.</summary>
    private static AwsSignature? Of(string credential, string[] signedHeaders, bool inQuery) =>
        credential.Split('/') is [{ Length: > 0 }, { Length: > 0 }, var region, var service, Terminator] && IsName(region) && IsName(service) && signedHeaders.Length < 2
            ? new AwsSignature
            {
                Region = region,
                Service = service,
                SignedHeaders = [.. (Single(signedHeaders) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(h => h.ToLowerInvariant())],
                InQuery = inQuery,
            }
            : null;

    /// <summary>Both are signed, and recorded: an escape of the query must not become a line of them.</summary>
    private static bool IsName(string text) => text.Length is > 0 and <= MaxNameLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string? Single(string[] values) => values is [var value] ? value : null;

    private static List<KeyValuePair<string, string>> Parameters(string query) =>
        [.. query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(Parameter)];

    private static KeyValuePair<string, string> Parameter(string text)
    {
        var parts = text.Replace('+', ' ').Split('=', 2);
        return new(Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
