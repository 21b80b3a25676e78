namespace IronProxy.Runtime.Metrics;

/// <summary>A metric: docs/metrics.md has a row for each.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsCounter">Whether it only grows; else it is a gauge.</param>
/// <param name="Help">What it says, in one sentence.</param>
public sealed record MetricName(string Name, bool IsCounter, string Help)
{
    /// <summary>counter or gauge.</summary>
    public string Type => IsCounter ? "counter" : "gauge";
}

/// <summary>All metrics, in the order in which they are written.</summary>
public static class MetricNames
{
    internal static readonly MetricName Requests = Counter("iron_proxy_requests_total", "Requests, tunnels and refused connections, each as often as it is in the audit log; and those refused as audit_unavailable, which are not in it.");
    internal static readonly MetricName Refusals = Counter("iron_proxy_refusals_total", "Those of them that were refused, by the reason in the audit log.");
    internal static readonly MetricName UpstreamErrors = Counter("iron_proxy_upstream_errors_total", "Those of them that failed on the way upstream.");
    internal static readonly MetricName Connections = Gauge("iron_proxy_open_connections", "Connections of workloads that are open now.");
    internal static readonly MetricName RequestsUnderWay = Gauge("iron_proxy_requests_under_way", "Requests that have begun and are not over.");
    internal static readonly MetricName WebSockets = Gauge("iron_proxy_open_websockets", "WebSockets that are open now.");
    internal static readonly MetricName BufferedBodies = Gauge("iron_proxy_buffered_body_bytes", "Memory that is reserved for bodies that are held whole.");
    internal static readonly MetricName LimitsReached = Counter("iron_proxy_limits_reached_total", "How often something was refused or ended because of a limit, by the key in limits.");
    internal static readonly MetricName BodyBytes = Counter("iron_proxy_body_bytes_total", "Bytes of bodies and of WebSockets, counted when they are over.");
    internal static readonly MetricName Secrets = Counter("iron_proxy_secrets_used_total", "Secrets that were put into requests, each once a request.");
    internal static readonly MetricName SecretReads = Counter("iron_proxy_secret_reads_total", "How often secrets were read again while the proxy runs; one that fails keeps its last value for a day.");
    internal static readonly MetricName Mints = Counter("iron_proxy_tokens_minted_total", "How often tokens were minted, for the first time and again.");
    internal static readonly MetricName Questions = Counter("iron_proxy_model_questions_total", "Questions to the language models of judges, by whether one was answered.");
    internal static readonly MetricName Tokens = Counter("iron_proxy_model_tokens_total", "Tokens that language models have billed for those questions.");
    internal static readonly MetricName Reloads = Counter("iron_proxy_reloads_total", "How often the policy was read again while the proxy runs; one that is refused changes nothing.");
    internal static readonly MetricName Lookups = Counter("iron_proxy_lookups_total", "Questions to name servers, for upstreams and for names that are passed through.");
    internal static readonly MetricName DnsQuestions = Counter("iron_proxy_dns_questions_total", "DNS messages by what became of them; absent without the DNS server.");
    internal static readonly MetricName AuditQueue = Gauge("iron_proxy_audit_queue_bytes", "Bytes of the audit log's queue that are taken, by lines to be written and for the records of requests under way; 16 MiB is full, or 2 KiB for each of limits.requests.");
    internal static readonly MetricName DroppedLines = Counter("iron_proxy_log_lines_dropped_total", "Log lines that were dropped because the queue was full; audit records never are.");
    internal static readonly MetricName OtlpRecords = Counter("iron_proxy_otlp_records_total", "Audit records for an OpenTelemetry collector, by what became of them; absent without one.");
    internal static readonly MetricName OtlpSpans = Counter("iron_proxy_otlp_spans_total", "Spans for an OpenTelemetry collector, by what became of them; absent without traces.");
    internal static readonly MetricName Plan = Gauge("iron_proxy_plan_info", "Always 1; its labels say which plan runs, and what compiled it.");
    internal static readonly MetricName Start = Gauge("process_start_time_seconds", "When the proxy was started, in seconds since 1970.");
    internal static readonly MetricName Cpu = Counter("process_cpu_seconds_total", "CPU time that the process has used.");
    internal static readonly MetricName Memory = Gauge("process_resident_memory_bytes", "Memory of the process that is resident.");

    /// <summary>Every metric.</summary>
    public static IReadOnlyList<MetricName> All { get; } = [Requests, Refusals, UpstreamErrors, Connections, RequestsUnderWay, WebSockets, BufferedBodies, LimitsReached, BodyBytes, Secrets, SecretReads, Mints, Questions, Tokens, Reloads, Lookups, DnsQuestions, AuditQueue, DroppedLines, OtlpRecords, OtlpSpans, Plan, Start, Cpu, Memory];

    private static MetricName Counter(string name, string help) => new(name, IsCounter: true, help);

    private static MetricName Gauge(string name, string help) => new(name, IsCounter: false, help);
}
