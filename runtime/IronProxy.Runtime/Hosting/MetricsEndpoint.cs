using System.Text;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Hosting;

/// <summary>
/// The metrics listener: <c>/healthz</c> says that the process runs, <c>/readyz</c> that it accepts requests, and <c>/metrics</c> what it has
/// counted. Workloads have no business here.
/// </summary>
/// <param name="metrics">What is counted. It ends with the endpoint.</param>
/// <param name="sink">Where records go: without room there no request is accepted.</param>
internal sealed class MetricsEndpoint(ProxyMetrics metrics, LineSink sink) : IDisposable
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly PrometheusReader _reader = new(metrics.Meter);
    private volatile bool _ready;

    /// <summary>Says whether requests are accepted.</summary>
    public void SetReady(bool ready) => _ready = ready;

    /// <inheritdoc />
    public void Dispose()
    {
        _reader.Dispose();
        metrics.Dispose();
    }

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        var (status, type, body) = http.Request.Path.Value switch
        {
            _ when !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method) => (405, PlainText, Encoding.ASCII.GetBytes("method not allowed\n")),
            "/healthz" => (200, PlainText, Encoding.ASCII.GetBytes("ok\n")),
            "/readyz" => _ready && sink.HasRoom ? (200, PlainText, Encoding.ASCII.GetBytes("ready\n")) : (503, PlainText, Encoding.ASCII.GetBytes("not ready\n")),
            "/metrics" => (200, PrometheusText.ContentType, _reader.Read()),
            _ => (404, PlainText, Encoding.ASCII.GetBytes("not found\n")),
        };
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}
