using System.Net;
using IronProxy.Runtime.Upstream;
using OpenTelemetry.Exporter;

namespace IronProxy.Runtime.Telemetry;

/// <summary>
/// What carries telemetry: no proxy of the environment, no redirects, never the proxy's own listeners. The operator chose the destination, so that
/// denied networks do not bind it. It remembers how the last request ended, which the exporter keeps to itself.
/// </summary>
/// <param name="dialer">Resolves and connects.</param>
internal sealed class OtlpHttp(UpstreamDialer dialer) : DelegatingHandler(new SocketsHttpHandler
{
    UseProxy = false,
    AllowAutoRedirect = false,
    UseCookies = false,
    ActivityHeadersPropagator = null,
    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    ConnectCallback = (context, cancellation) => dialer.DialAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, IPAddress.None, cancellation),
})
{
    private const string GrpcStatus = "grpc-status";

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
            await response.Content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false); // Trailers, in which gRPC has its status, come behind the body.
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
        _failure = error is OperationCanceledException ? "it did not answer in time"
            : error.InnerException is UpstreamRefusedException refused ? refused.Message
            : error is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown and var kind } ? $"the request failed: {kind}" // Messages repeat what was received.
            : "the request failed";
        _ended.Release();
        return false;
    }
}
