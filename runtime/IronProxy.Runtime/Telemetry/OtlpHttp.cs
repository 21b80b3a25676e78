using IronProxy.Runtime.Upstream;
using OpenTelemetry.Exporter;

namespace IronProxy.Runtime.Telemetry;

/// <summary>What carries telemetry. It remembers how the last request ended, which the exporter keeps to itself.</summary>
/// <param name="dialer">Resolves and connects.</param>
internal sealed class OtlpHttp(UpstreamDialer dialer) : DelegatingHandler(ConfiguredHttp.Create(dialer, UpstreamTrust.System))
{
    private const string GrpcStatus = "grpc-status";

    /// <summary>An answer says how much was taken, and hardly more.</summary>
    private const long MaxAnswer = 4 * 1024 * 1024;

    private readonly SemaphoreSlim _ended = new(0);
    private volatile string? _failure;
    private volatile bool _mayPass;

    /// <summary>How the last request failed, in words without anything of its content; null when it did not.</summary>
    public string? Failure => _failure;

    /// <summary>Whether the same request may succeed later (https://opentelemetry.io/docs/specs/otlp/#failures-1).</summary>
    public bool MayPass => _mayPass;

    /// <summary>Forgets the requests that have ended.</summary>
    public void Forget()
    {
        while (_ended.Wait(0))
        {
        }
    }

    /// <summary>Waits until a request has ended: the exporter says that it has handed a batch over, and not that it was taken.</summary>
    /// <returns>False when none has in that time.</returns>
    public bool WaitForEnd(TimeSpan patience) => _ended.Wait(patience);

    /// <summary>What the exporter is told of a destination.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="timeout">How long one request may take.</param>
    public OtlpExporterOptions Options(OtlpDestination destination, TimeSpan timeout) => new()
    {
        Endpoint = destination.Endpoint,
        Protocol = destination.Protocol,
        Headers = destination.Headers ?? "",
        TimeoutMilliseconds = (int)timeout.TotalMilliseconds,
        HttpClientFactory = () => new HttpClient(this, disposeHandler: false) { Timeout = timeout },
    };

    /// <inheritdoc />
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Judge(base.Send(request, cancellationToken));
        }
        catch (Exception e) when (Fail(e))
        {
            throw;
        }
    }

    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await response.Content.LoadIntoBufferAsync(MaxAnswer, cancellationToken).ConfigureAwait(false); // Trailers, in which gRPC has its status, come behind the body.
            return Judge(response);
        }
        catch (Exception e) when (Fail(e))
        {
            throw;
        }
    }

    private HttpResponseMessage Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var grpc = response.TrailingHeaders.TryGetValues(GrpcStatus, out var values) || response.Headers.TryGetValues(GrpcStatus, out values) ? values.First() : null;
        _failure = !response.IsSuccessStatusCode ? $"it answered with status {status}" : grpc is not (null or "0") ? $"it answered with gRPC status {grpc}" : null;
        _mayPass = status is 429 or 502 or 503 or 504 || grpc is "1" or "4" or "8" or "10" or "11" or "14" or "15";
        _ended.Release();
        return response;
    }

    /// <summary>Remembers it, and catches nothing.</summary>
    private bool Fail(Exception error)
    {
        _mayPass = true;
        _failure = ConfiguredHttp.Describe(error);
        _ended.Release();
        return false;
    }
}
