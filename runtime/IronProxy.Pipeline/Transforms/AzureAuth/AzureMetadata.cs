using System.Globalization;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// What a workload hears that asks the metadata server of Azure: a token that is none (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token), also in
/// the form of App Service, whose libraries go where IDENTITY_ENDPOINT says. Libraries look whether it is there by a question without a header, which is answered with 400. What a real one has beside is not there.
/// </summary>
internal static class AzureMetadata
{
    private const string TokenPath = "/metadata/identity/oauth2/token";

    private const int Lifetime = 3600;

    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="client">The application whose token requests get; null for that of the machine.</param>
    /// <param name="now">When it is asked.</param>
    public static MadeResponse Answer(RequestContext context, string? client, DateTimeOffset now)
    {
        var request = context.Request;
        if (!request.Target.MatchPath.TrimEnd('/').Equals(TokenPath, StringComparison.OrdinalIgnoreCase))
        {
            return Made(404, """{"error":"Not found"}"""u8.ToArray());
        }

        if (request.Method != "GET")
        {
            return Made(405, """{"error":"Method not allowed"}"""u8.ToArray());
        }

        if (!string.Equals(context.Headers.Find("Metadata"), "true", StringComparison.OrdinalIgnoreCase) && context.Headers.Find("X-IDENTITY-HEADER") is null)
        {
            return Made(400, """{"error":"invalid_request","error_description":"Required metadata header not specified"}"""u8.ToArray());
        }

        if (ResourceOf(request.Target.Query) is not { Length: > 0 } resource)
        {
            return Made(400, """{"error":"invalid_request","error_description":"Required query variable 'resource' is missing"}"""u8.ToArray());
        }

        return Made(200, JsonObjectBytes.Of(json =>
        {
            json.WriteString("access_token", TokenStubs.Token);
            json.WriteString("client_id", client ?? Guid.Empty.ToString());
            json.WriteString("expires_in", Text(Lifetime));
            json.WriteString("expires_on", Text(now.ToUnixTimeSeconds() + Lifetime));
            json.WriteString("not_before", Text(now.ToUnixTimeSeconds()));
            json.WriteString("resource", resource);
            json.WriteString("token_type", "Bearer");
        }));
    }

    private static string? ResourceOf(string query) =>
        query.TrimStart('?').Split('&').FirstOrDefault(p => p.StartsWith("resource=", StringComparison.OrdinalIgnoreCase)) is { } pair ? Uri.UnescapeDataString(pair["resource=".Length..]) : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static MadeResponse Made(int status, byte[] body) => new(status, [new("Content-Type", "application/json; charset=utf-8"), new("Cache-Control", "no-store")], body);
}
