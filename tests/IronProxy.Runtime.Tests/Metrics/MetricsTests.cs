using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Metrics;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Metrics;

/// <summary>What is counted and how it is written. That requests are counted, the end-to-end tests show.</summary>
public class MetricsTests
{
    [Fact]
    public void Counting_allocates_nothing()
    {
        using var metrics = new ProxyMetrics();
        var record = new AuditRecord(0) { Listener = "https", Reason = Reason.HostNotAllowed, RequestBytes = 3, ResponseBytes = 4, SecretsUsed = 1 };
        metrics.Count(record);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            metrics.Count(record);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Threads_do_not_lose_each_others_counts()
    {
        using var metrics = new ProxyMetrics();
        Parallel.For(0, 10_000, i => metrics.Count(new AuditRecord(0) { Listener = "tunnel", RequestBytes = 2, Reason = i % 2 == 0 ? null : Reason.Internal }));
        var text = Write(metrics);

        Assert.Contains("iron_proxy_requests_total{listener=\"tunnel\",action=\"allow\"} 5000\n", text, StringComparison.Ordinal);
        Assert.Contains("iron_proxy_refusals_total{reason=\"internal_error\"} 5000\n", text, StringComparison.Ordinal);
        Assert.Contains("iron_proxy_body_bytes_total{direction=\"request\"} 20000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_workloads_send_makes_no_further_lines()
    {
        using var metrics = new ProxyMetrics();
        var before = Write(metrics).Count(c => c == '\n');
        for (var i = 0; i < 100; i++)
        {
            metrics.Count(new AuditRecord(0) { Listener = "http", Host = string.Create(CultureInfo.InvariantCulture, $"host-{i}.test"), Method = "GET" + i, Reason = Reason.HostNotAllowed });
        }

        Assert.Equal(before, Write(metrics).Count(c => c == '\n'));
    }

    [Fact]
    public void Another_listener_reads_the_same_values_and_two_proxies_do_not_see_each_others()
    {
        using var metrics = new ProxyMetrics();
        using var other = new ProxyMetrics();
        other.Count(new AuditRecord(0) { SecretsUsed = 5 });
        metrics.Count(new AuditRecord(0) { SecretsUsed = 3 });
        var seen = new List<long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == ProxyMetrics.MeterName && instrument.Name == MetricNames.Secrets.Name)
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => seen.Add(value));
        listener.Start();
        listener.RecordObservableInstruments();

        Assert.Contains("iron_proxy_secrets_used_total 3\n", Write(metrics), StringComparison.Ordinal);
        Assert.Contains(3, seen);
        Assert.Contains(5, seen);
    }

    [Fact]
    public void Labels_are_escaped()
    {
        var text = new PrometheusText();
        text.Begin(MetricNames.All[0]);
        text.Sample(0.5, ProxyMetrics.Tag("a", "\"\\\n"));

        Assert.EndsWith("{a=\"\\\"\\\\\\n\"} 0.5\n", Encoding.UTF8.GetString(text.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_metric_is_on_the_page()
    {
        var rows = File.ReadAllLines(RepositoryRoot.Combine("docs", "metrics.md")).Where(l => l.StartsWith("| `", StringComparison.Ordinal) && l.Contains('_')).ToArray();

        Assert.Equal(MetricNames.All.Select(m => $"| `{m.Name}` | {m.Type} |"), rows.Select(r => string.Join('|', r.Split('|')[..3]) + "|"));
        Assert.All(MetricNames.All, m => Assert.Contains(rows, r => r.EndsWith($"| {m.Help} |", StringComparison.Ordinal)));
    }

    private static string Write(ProxyMetrics metrics)
    {
        using var reader = new PrometheusReader(metrics.Meter);
        return Encoding.UTF8.GetString(reader.Read());
    }
}
