using System.Collections.Immutable;
using IronProxy.Targets.Options;

namespace IronProxy.Targets.Ecs;

/// <summary>The options 'otlp_endpoint' and the like: the OpenTelemetry collector that the proxy sends to, and what it gets.</summary>
/// <param name="Endpoint">URL of the collector.</param>
/// <param name="Protocol">How it is spoken to.</param>
/// <param name="Headers">The ARN of the headers of each request; null without any.</param>
/// <param name="Signals">What it gets.</param>
internal sealed record EcsTelemetry(string Endpoint, string Protocol, string? Headers, ImmutableArray<string> Signals)
{
    /// <summary>The variable that the proxy reads the headers from.</summary>
    public const string HeadersVariable = "OTEL_EXPORTER_OTLP_HEADERS";

    private const string Logs = "logs";
    private const string Metrics = "metrics";
    private const string Traces = "traces";

    /// <summary>The options.</summary>
    public static ImmutableArray<TargetOption> Options { get; } =
    [
        new("otlp_endpoint", OptionKind.Text, "", "The OpenTelemetry collector that gets the audit records, such as https://collector.example.com:4318."),
        new("otlp_protocol", OptionKind.Choice, "http/protobuf", "How the collector is spoken to.") { Choices = ["http/protobuf", "grpc"] },
        new("otlp_headers", OptionKind.Text, "", "The ARN of what holds the headers for the collector, such as its token: key=value with commas."),
        new("otlp_signals", OptionKind.Text, Logs, "What the collector gets: logs, which are the audit records, metrics and traces; several with commas."),
    ];

    /// <summary>Those that say nothing without a collector, and were set.</summary>
    public static IEnumerable<string> WithoutCollector(OptionValues values) => values["otlp_endpoint"].Length > 0
        ? []
        : Options.Where(o => values[o.Name] != o.Default).Select(o => o.Name);

    /// <summary>Reads the options.</summary>
    /// <returns>Null without a collector.</returns>
    public static EcsTelemetry? Read(OptionValues values) => values["otlp_endpoint"].Length == 0
        ? null
        : new EcsTelemetry(
            values["otlp_endpoint"], values["otlp_protocol"], values["otlp_headers"] is { Length: > 0 } headers ? headers : null,
            [.. values["otlp_signals"].Split(',', StringSplitOptions.TrimEntries)]);

    /// <summary>The collector's address: a URL without what could be a credential, which would stand in the task definition. Null when it is none.</summary>
    public Uri? Url => Uri.TryCreate(Endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && (url.UserInfo + url.Query + url.Fragment).Length == 0 ? url : null;

    /// <summary>Whether the collector is where the proxy is.</summary>
    public bool IsLocal => Url?.IsLoopback == true;

    /// <summary>Whether all signals are known, each once.</summary>
    public bool HasKnownSignals => Signals.All(static s => s is Logs or Metrics or Traces) && Signals.Distinct(StringComparer.Ordinal).Count() == Signals.Length;

    /// <summary>What the proxy finds in its environment.</summary>
    public IEnumerable<(string Name, string Value)> Variables(string serviceName) =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", Protocol),
        ("OTEL_LOGS_EXPORTER", ExporterOf(Logs)),
        ("OTEL_METRICS_EXPORTER", ExporterOf(Metrics)),
        ("OTEL_SERVICE_NAME", serviceName),
        ("OTEL_TRACES_EXPORTER", ExporterOf(Traces)),
    ];

    private string ExporterOf(string signal) => Signals.Contains(signal) ? "otlp" : "none";
}
