using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.LanguageModels;

/// <summary>
/// A language model that is asked over HTTP: once for each question, without a second try. What it answers is bounded, and of what is no answer of the API nothing is repeated.
/// </summary>
/// <param name="provider">Which.</param>
/// <param name="key">The key that it is asked with.</param>
/// <param name="http">The way to it.</param>
/// <param name="metrics">What counts.</param>
internal sealed class LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key, HttpMessageInvoker http, ProxyMetrics metrics) : ILanguageModel
{
    /// <summary>No decision is so long.</summary>
    private const int MaxAnswer = 1024 * 1024;

    private const int ReadSize = 4 * 1024;

    /// <summary>It goes to an API, never into HTML.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IModelApi _api = provider.Type switch
    {
        "anthropic" => new AnthropicApi(),
        "openai" => new OpenaiApi(),
        _ => throw new UnreachableException($"There is no provider {provider.Type}."),
    };

    /// <inheritdoc />
    public async Task<ModelAnswer> AskAsync(ModelQuestion question, CancellationToken cancellation)
    {
        ModelAnswer? answer = null;
        try
        {
            answer = await SendAsync(question, cancellation).ConfigureAwait(false);
            return answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new ModelUnavailableException(ConfiguredHttp.Describe(e)); // Not as the cause: what libraries say repeats what was received.
        }
        finally
        {
            metrics.AskModel(answer);
        }
    }

    private async Task<ModelAnswer> SendAsync(ModelQuestion question, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, provider.BaseUrl + _api.Path) { Content = new ReadOnlyMemoryContent(Write(question)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _api.Authenticate(request, await key.GetAsync(cancellation).ConfigureAwait(false));
        using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new ModelUnavailableException($"it answered with status {(int)response.StatusCode}", (int)response.StatusCode is 400 or 413 or 422);
        }

        return Read(await ReadAsync(response.Content, cancellation).ConfigureAwait(false));
    }

    private ReadOnlyMemory<byte> Write(ModelQuestion question)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, Plain);
        json.WriteStartObject();
        _api.Write(json, provider, question);
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenMemory;
    }

    private ModelAnswer Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return _api.Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelUnavailableException($"what it answered is not the API of {provider.Type}");
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        using var body = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var bytes = new ArrayBufferWriter<byte>(ReadSize);
        while (await body.ReadAsync(bytes.GetMemory(ReadSize), cancellation).ConfigureAwait(false) is > 0 and var read)
        {
            bytes.Advance(read);
            if (bytes.WrittenCount > MaxAnswer)
            {
                throw new ModelUnavailableException($"it answered more than {MaxAnswer / (1024 * 1024)} MiB");
            }
        }

        return bytes.WrittenMemory;
    }
}
