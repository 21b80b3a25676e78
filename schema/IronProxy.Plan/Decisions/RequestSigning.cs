namespace IronProxy.Plan;

/// <summary>What a request of an AWS SDK is signed for.</summary>
/// <param name="Region">The region.</param>
/// <param name="Service">The service.</param>
public readonly record struct AwsScope(string Region, string Service);

/// <summary>Whether a request may be signed.</summary>
public static class RequestSigning
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Terminator = "aws4_request";
    private const string QueryName = "X-Amz-Credential=";

    /// <summary>Decides whether aws_auth signs a request again, before any credential is read.</summary>
    /// <param name="step">The step.</param>
    /// <param name="authorization">The Authorization header. Null when there is none.</param>
    /// <param name="query">The query, with its question mark.</param>
    /// <param name="scope">What the request was signed for.</param>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? Decide(AwsAuthStepPlan step, string? authorization, string query, out AwsScope scope)
    {
        if (!TryReadScope(authorization, query, out scope))
        {
            return Reason.MissingSigv4;
        }

        return !step.AllowedRegions.IsEmpty && !step.AllowedRegions.Contains(scope.Region) ? Reason.RegionNotAllowed
            : !step.AllowedServices.IsEmpty && !step.AllowedServices.Contains(scope.Service) ? Reason.ServiceNotAllowed
            : null;
    }

    /// <summary>Whether a body may be signed: its length must be known, or the step must say that it need not be.</summary>
    public static Reason? DecideBody(bool chunked, bool allowChunked) => chunked && !allowChunked ? Reason.ChunkedBodyNotAllowed : null;

    /// <summary>Reads the credential scope: from the header, else from a pre-signed URL.</summary>
    private static bool TryReadScope(string? authorization, string query, out AwsScope scope)
    {
        scope = default;
        if (authorization?.StartsWith(Algorithm + " ", StringComparison.Ordinal) == true)
        {
            const string Name = "Credential=";
            var parts = authorization[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries);
            var credentials = parts.Where(p => p.StartsWith(Name, StringComparison.Ordinal)).ToArray();
            return credentials.Length == 1 && TryReadCredential(credentials[0][Name.Length..], out scope);
        }

        var parameters = query.TrimStart('?').Split('&').Where(p => p.StartsWith(QueryName, StringComparison.Ordinal)).ToArray();
        return parameters.Length == 1 && TryReadCredential(Uri.UnescapeDataString(parameters[0][QueryName.Length..]), out scope);
    }

    /// <summary><c>ACCESSKEY/DATE/REGION/SERVICE/aws4_request</c>.</summary>
    private static bool TryReadCredential(string credential, out AwsScope scope)
    {
        var parts = credential.Split('/');
        var complete = parts.Length == 5 && parts[4] == Terminator && parts.All(p => p.Length > 0);
        scope = complete ? new AwsScope(parts[2], parts[3]) : default;
        return complete;
    }
}
