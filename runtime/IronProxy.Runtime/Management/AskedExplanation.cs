using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;
using IronProxy.Runtime.Policies;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Management;

/// <summary>
/// Says what would become of a request by the policy that runs, as <c>ironc explain --json</c> says it of a file: the same steps run, and what stands for secrets
/// in them is no secret. Nothing is sent, and nothing is recorded.
/// </summary>
/// <param name="policies">The policy that runs.</param>
internal sealed class AskedExplanation(CurrentPolicy policies)
{
    /// <summary>Answers one question.</summary>
    public async Task<ManagementAnswer?> AnswerAsync(HttpContext http)
    {
        ExplanationRequest? question;
        try
        {
            question = await JsonSerializer.DeserializeAsync(http.Request.Body, ExplanationRequestJsonContext.Default.ExplanationRequest, http.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            return Refuse($"The body is no question{(e.Path is { Length: > 0 } path ? $" (at {path})" : "")}: it is a JSON object with method and url, and perhaps headers, a list of texts such as \"Name: value\", body, a text, and client, the name of one.");
        }

        if (question is null)
        {
            return Refuse("The body is no question: it is null.");
        }

        var headers = new List<AskedHeader>();
        foreach (var text in question.Headers ?? [])
        {
            if (text is null || !AskedHeader.TryParse(text, out var header))
            {
                // The text is not repeated: it may be a secret that lost its name.
                return Refuse($"headers[{headers.Count}] is no header: each is a text such as \"Name: value\".");
            }

            headers.Add(header);
        }

        var policy = policies.Active.Policy;
        if (question.Client is { } client && policy.Clients?.Find(client) is null)
        {
            return Refuse("client is none of the policy that runs.");
        }

        var explanation = new PolicyExplainer(policy)
            .Explain(new AskedRequest(question.Method, question.Url) { Client = question.Client }, headers, question.Body is { } body ? new AskedBody(Encoding.UTF8.GetBytes(body)) : null);
        if (explanation.Verdict.Reason == Reason.AmbiguousOverride.Code)
        {
            explanation = explanation with { Verdict = explanation.Verdict with { Reading = null } }; // It is what a header of the question has.
        }

        return new ManagementAnswer(200, Encoding.UTF8.GetBytes(ExplanationWriter.Write(explanation) + "\n"));
    }

    private static ManagementAnswer Refuse(string message) => ManagementAnswer.Error(StatusCodes.Status400BadRequest, "invalid_request", message);
}

/// <summary>What is asked.</summary>
/// <param name="Method">The method; CONNECT for a tunnel.</param>
/// <param name="Url">The URL; <c>host:port</c> for a tunnel.</param>
/// <param name="Headers">Headers, each as <c>Name: value</c>; null for none.</param>
/// <param name="Body">The body; null when it is not known.</param>
/// <param name="Client">Name of the client that asks; null for somebody who is not known.</param>
internal sealed record ExplanationRequest(string Method, string Url, IReadOnlyList<string?>? Headers = null, string? Body = null, string? Client = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ExplanationRequest))]
internal sealed partial class ExplanationRequestJsonContext : JsonSerializerContext;
