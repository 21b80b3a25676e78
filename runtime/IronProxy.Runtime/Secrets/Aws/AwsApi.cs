using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace IronProxy.Runtime.Secrets.Aws;

/// <summary>Asks services of AWS, with the credentials of the machine.</summary>
/// <param name="host">What the environment says, and who signs.</param>
/// <param name="store">The way there.</param>
internal sealed class AwsApi(HostAccess host, StoreHttp store)
{
    private const string Arn = "arn:";
    private const int LongestCode = 100;

    /// <summary>Asks, and reads the answer.</summary>
    /// <param name="question">What.</param>
    /// <param name="read">Takes the value out of the answer; null when it has none.</param>
    /// <param name="problem">Makes the error.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartupException">There is no such value.</exception>
    public async ValueTask<string> AskAsync(AwsQuestion question, Func<JsonElement, string?> read, Func<string, StartupException> problem, CancellationToken cancellation)
    {
        var aws = host.Aws ?? throw problem("this program has no way to AWS");
        var region = RegionOf(question) ?? throw problem("it needs a region: write region: in the source, or set AWS_REGION");
        if (!region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw problem("its ARN or the environment names no region of AWS");
        }

        var body = Encoding.UTF8.GetBytes(question.Body.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Post, EndpointOf(question.Service, problem) ?? aws.EndpointOf(question.Service.Name, region))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1") } },
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", question.Service.Operation);
        try
        {
            await aws.SignAsync(request, body, question.Service.Name, region, cancellation).ConfigureAwait(false);
        }
        catch (AwsCredentialsException e)
        {
            throw problem(e.Message);
        }

        var answer = await store.SendAsync(request, problem, cancellation).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.OK
            ? ValueIn(answer.Body, read) is { Length: > 0 } value ? value : throw problem("it has no value")
            : throw problem(Describe(answer, question, region));

        string? ValueIn(byte[] json, Func<JsonElement, string?> read)
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                return read(document.RootElement);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
            {
                throw problem("what answered is not the service of AWS"); // The parser quotes what it does not understand.
            }
        }
    }

    /// <summary>An ARN says where it is, whatever else is said.</summary>
    private string? RegionOf(AwsQuestion question) => FirstOf(
        question.Id.StartsWith(Arn, StringComparison.Ordinal) && question.Id.Split(':') is { Length: > 4 } parts ? parts[3] : null,
        question.Region,
        host.ReadVariable("AWS_REGION"),
        host.ReadVariable("AWS_DEFAULT_REGION"));

    private Uri? EndpointOf(AwsService service, Func<string, StartupException> problem)
    {
        if ("true".Equals(host.ReadVariable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), StringComparison.OrdinalIgnoreCase)
            || FirstOf(host.ReadVariable(service.EndpointVariable), host.ReadVariable("AWS_ENDPOINT_URL")) is not { } text)
        {
            return null;
        }

        return StoreApi.ParseUrl(text) ?? throw problem($"{service.EndpointVariable} or AWS_ENDPOINT_URL does not hold a URL");
    }

    /// <summary>What the service says beside the code may quote what was asked.</summary>
    private static string Describe(StoreAnswer answer, AwsQuestion question, string region) => CodeIn(answer.Body) switch
    {
        "ResourceNotFoundException" or "ParameterNotFound" or "ParameterVersionNotFound" => $"there is none of this name in {region}",
        "AccessDeniedException" => $"access is denied: the credentials need {question.Permission.Action} for it, and kms:Decrypt where it has a key of its own",
        "UnrecognizedClientException" or "InvalidSignatureException" or "InvalidClientTokenId" or "ExpiredTokenException" or "IncompleteSignatureException" => $"AWS does not accept the credentials ({CodeIn(answer.Body)})",
        "ThrottlingException" or "Throttling" or "TooManyRequestsException" or "RequestLimitExceeded" => "AWS is asked too often (throttled)",
        { } code => $"it answered {(int)answer.Status} ({code})",
        null => $"it answered {(int)answer.Status}",
    };

    /// <summary>The code of an error: the name behind the namespace.</summary>
    private static string? CodeIn(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var code = json.RootElement.GetProperty("__type").GetString()?.Split('#')[^1];
            return code is { Length: > 0 and <= LongestCode } && code.All(char.IsAsciiLetterOrDigit) ? code : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null; // A proxy on the way, or a server that is none of AWS: its status says enough.
        }
    }

    private static string? FirstOf(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrEmpty(text))
            {
                return text;
            }
        }

        return null;
    }
}
