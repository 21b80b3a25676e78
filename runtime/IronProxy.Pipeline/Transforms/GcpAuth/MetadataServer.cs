using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// What a workload hears that asks the metadata server of Google Cloud: that it is there, which project and account it has, and a token that is none
/// (https://cloud.google.com/compute/docs/metadata/querying-metadata). Google's libraries believe no answer without <c>Metadata-Flavor</c>. Who asks need not say it, for
/// nothing here is worth anything. What a real one has beside is not there.
/// </summary>
internal static class MetadataServer
{
    /// <summary>The name of every account that a machine has, and the only one that is known of the machine's own.</summary>
    private const string Default = "default";

    private static readonly KeyValuePair<string, string> Flavor = new("Metadata-Flavor", "Google");

    private static readonly MadeResponse Token = StubToken.Answer with { Headers = [.. StubToken.Answer.Headers, Flavor] };

    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="key">The account whose token requests get; null for that of the machine.</param>
    /// <param name="scopes">What that token is for.</param>
    public static MadeResponse Answer(CanonicalRequest request, ServiceAccountKey? key, ImmutableArray<string> scopes)
    {
        if (request.Method is not ("GET" or "HEAD"))
        {
            return Text(405, "Method Not Allowed\n");
        }

        var email = key?.Email ?? Default;
        return request.Target.MatchPath.Trim('/').Split('/') switch
        {
            [""] => Text(200, "computeMetadata/\n"),
            ["computeMetadata"] => Text(200, "v1/\n"),
            ["computeMetadata", "v1"] => Text(200, "instance/\nproject/\n"),
            ["computeMetadata", "v1", "project"] => Text(200, "project-id\n"),
            ["computeMetadata", "v1", "project", "project-id"] when key?.ProjectId is { } project => Text(200, project),
            ["computeMetadata", "v1", "instance"] => Text(200, "service-accounts/\n"),
            ["computeMetadata", "v1", "instance", "service-accounts"] => Text(200, email == Default ? "default/\n" : $"default/\n{email}/\n"),
            ["computeMetadata", "v1", "instance", "service-accounts", _] => IsRecursive(request) ? Account(email, scopes) : Text(200, "aliases\nemail\nscopes\ntoken\n"),
            ["computeMetadata", "v1", "instance", "service-accounts", _, "aliases"] => Text(200, "default\n"),
            ["computeMetadata", "v1", "instance", "service-accounts", _, "email"] => Text(200, email),
            ["computeMetadata", "v1", "instance", "service-accounts", _, "scopes"] => Text(200, string.Join('\n', scopes) + "\n"),
            ["computeMetadata", "v1", "instance", "service-accounts", _, "token"] => Token,
            _ => Text(404, "Not Found\n"),
        };
    }

    private static bool IsRecursive(CanonicalRequest request) =>
        request.Target.Query.TrimStart('?').Split('&').Contains("recursive=true", StringComparer.OrdinalIgnoreCase);

    private static MadeResponse Account(string email, ImmutableArray<string> scopes) => Made(200, "application/json", JsonObjectBytes.Of(json =>
    {
        Write(json, "aliases", [Default]);
        json.WriteString("email", email);
        Write(json, "scopes", scopes);
    }));

    private static void Write(Utf8JsonWriter json, string name, ImmutableArray<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static MadeResponse Text(int status, string text) => Made(status, "application/text", Encoding.UTF8.GetBytes(text));

    private static MadeResponse Made(int status, string type, byte[] body) => new(status, [new("Content-Type", type), new("Cache-Control", "no-store"), Flavor], body);
}
