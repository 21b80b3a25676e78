using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Text;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.GcpSm;

/// <summary>
/// Reads a version of a secret of Google Secret Manager, with a token of the machine. One GET
/// (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
/// </summary>
internal sealed class GcpSmSecretSource(GcpSmSourcePlan plan, HostAccess host, HttpMessageInvoker http, StoreHttp store) : ISecretSource
{
    /// <summary>The variable of gcloud that says where the service is instead, such as an endpoint in a network of one's own.</summary>
    private const string EndpointVariable = "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER";

    private const string DefaultEndpoint = "https://secretmanager.googleapis.com/";

    /// <summary>The only scope that the service takes. What the account may read is the matter of its roles.</summary>
    private static readonly string[] Scopes = ["https://www.googleapis.com/auth/cloud-platform"];

    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Endpoint(), $"v1/{plan.SecretId}:access"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await MintAsync(cancellation).ConfigureAwait(false));
        var answer = await store.SendAsync(request, Problem, cancellation).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.OK ? ValueIn(answer.Body) : throw Problem(Describe(answer));
    }

    private Uri Endpoint()
    {
        var text = host.ReadVariable(EndpointVariable) is { Length: > 0 } set ? set : DefaultEndpoint;
        return StoreApi.ParseUrl(text.TrimEnd('/') + "/") ?? throw Problem($"{EndpointVariable} does not hold a URL");
    }

    private async Task<string> MintAsync(CancellationToken cancellation)
    {
        if (host.Gcp is not { } gcp)
        {
            throw Problem("this program has no way to Google Cloud");
        }

        try
        {
            return (await gcp.MintTokenAsync(Scopes, http, cancellation).ConfigureAwait(false)).Value.Reveal();
        }
        catch (MintingFailedException e)
        {
            throw Problem(e.Message);
        }
    }

    private string ValueIn(byte[] body)
    {
        byte[] data;
        try
        {
            using var json = JsonDocument.Parse(body);
            var payload = json.RootElement.GetProperty("payload");
            data = payload.TryGetProperty("data", out var encoded) ? encoded.GetBytesFromBase64() : [];
            if (payload.TryGetProperty("dataCrc32c", out var sum) && sum.GetString() != Crc32C(data).ToString(CultureInfo.InvariantCulture))
            {
                throw Problem("its value was damaged on the way");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw Problem("what answered is not Secret Manager"); // The parser quotes what it does not understand.
        }

        return data.Length > 0 ? Encoding.UTF8.GetString(data) : throw Problem("it has no value");
    }

    /// <summary>What the service says beside its code may quote what was asked.</summary>
    private static string Describe(StoreAnswer answer) => CodeIn(answer.Body) switch
    {
        "NOT_FOUND" => "there is no such secret or version",
        "PERMISSION_DENIED" => "access is denied: the account needs secretmanager.versions.access for it (the role Secret Manager Secret Accessor), and the API must be enabled in the project",
        "UNAUTHENTICATED" => "Google does not accept the token of the machine",
        "FAILED_PRECONDITION" => "the version is disabled or destroyed",
        "RESOURCE_EXHAUSTED" => "Google is asked too often (the quota is used up)",
        { } code => $"it answered {(int)answer.Status} ({code})",
        null => $"it answered {(int)answer.Status}",
    };

    /// <summary>The code of an error (https://cloud.google.com/apis/design/errors).</summary>
    private static string? CodeIn(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var code = json.RootElement.GetProperty("error").GetProperty("status").GetString();
            return code is { Length: > 0 and < 64 } && code.All(c => char.IsAsciiLetterUpper(c) || c == '_') ? code : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null; // A proxy on the way, or a server that is none of Google: its status says enough.
        }
    }

    private static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    private StartupException Problem(string why) => new($"The secret {plan.SecretId} of line {plan.At.Line} cannot be read from Google Secret Manager: {why}.");
}
