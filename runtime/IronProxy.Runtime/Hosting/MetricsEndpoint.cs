using System.Text;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Policies;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Hosting;

/// <summary>
/// The metrics listener: <c>/healthz</c> says that the process runs, <c>/readyz</c> that it accepts requests, and <c>/metrics</c> what it has
/// counted. Workloads have no business here.
/// </summary>
/// <param name="metrics">What is counted.</param>
/// <param name="dns">What the DNS server counts; null without one.</param>
/// <param name="lookups">What became of the questions to name servers.</param>
/// <param name="sink">Where records go: without room there no request is accepted.</param>
/// <param name="policies">The policy that runs.</param>
/// <param name="started">When the proxy was started.</param>
internal sealed class MetricsEndpoint(ProxyMetrics metrics, DnsCounters? dns, LookupCounters lookups, LineSink sink, CurrentPolicy policies, DateTimeOffset started)
{
    private const string PlainText = "text/plain; charset=utf-8";

    private volatile bool _ready;

    /// <summary>Says whether requests are accepted.</summary>
    public void SetReady(bool ready) => _ready = ready;

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        var (status, type, body) = http.Request.Path.Value switch
        {
            _ when !HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method) => (405, PlainText, Encoding.ASCII.GetBytes("method not allowed\n")),
            "/healthz" => (200, PlainText, Encoding.ASCII.GetBytes("ok\n")),
            "/readyz" => _ready && sink.HasRoom ? (200, PlainText, Encoding.ASCII.GetBytes("ready\n")) : (503, PlainText, Encoding.ASCII.GetBytes("not ready\n")),
            "/metrics" => (200, PrometheusText.ContentType, Expose()),
            _ => (404, PlainText, Encoding.ASCII.GetBytes("not found\n")),
        };
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    private byte[] Expose()
    {
        var text = new PrometheusText();
        metrics.WriteTo(text, dns, lookups);
        text.Begin(MetricNames.AuditQueue);
        text.Sample(sink.TakenBytes);
        text.Begin(MetricNames.DroppedLines);
        text.Sample(sink.DroppedLines);
        var plan = policies.Active.Policy.Plan;
        text.Begin(MetricNames.Plan);
        text.Sample(1, ("policy_hash", plan.PolicyHash), ("compiler", plan.Compiler));
        text.Begin(MetricNames.Start);
        text.Sample(started.ToUnixTimeMilliseconds() / 1000.0);
        text.Begin(MetricNames.Cpu);
        text.Sample(Environment.CpuUsage.TotalTime.TotalSeconds);
        text.Begin(MetricNames.Memory);
        text.Sample(Environment.WorkingSet);
        return text.ToBytes();
    }
}
