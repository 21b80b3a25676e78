using System.Diagnostics.Metrics;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Dns;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Hosting;

/// <summary>Shows what is counted outside of <see cref="ProxyMetrics"/>, and what there is to say of the process.</summary>
internal static class ProcessMetrics
{
    /// <param name="metrics">Where it is shown.</param>
    /// <param name="dns">What the DNS server counts; null without one.</param>
    /// <param name="lookups">What became of the questions to name servers.</param>
    /// <param name="sink">Where records go.</param>
    /// <param name="plan">The plan that runs at the moment.</param>
    /// <param name="started">When the proxy was started.</param>
    public static void Show(ProxyMetrics metrics, DnsCounters? dns, LookupCounters lookups, LineSink sink, Func<ProxyPlan> plan, DateTimeOffset started)
    {
        metrics.Show(MetricNames.Lookups, lookups.Read);
        if (dns is not null)
        {
            metrics.Show(MetricNames.DnsQuestions, dns.Read);
        }

        metrics.Show(MetricNames.AuditQueue, () => sink.TakenBytes);
        metrics.Show(MetricNames.DroppedLines, () => sink.DroppedLines);
        metrics.Show<long>(MetricNames.Plan, () => [new Measurement<long>(1, ProxyMetrics.Tag("policy_hash", plan().PolicyHash), ProxyMetrics.Tag("compiler", plan().Compiler))]);
        metrics.Show(MetricNames.Start, () => started.ToUnixTimeMilliseconds() / 1000.0);
        metrics.Show(MetricNames.Cpu, static () => Environment.CpuUsage.TotalTime.TotalSeconds);
        metrics.Show(MetricNames.Memory, static () => Environment.WorkingSet);
    }
}
