using System.Collections.Immutable;
using System.Globalization;
using OpenTelemetry.Exporter;
using OpenTelemetry.Trace;

namespace IronProxy.Runtime.Telemetry;

/// <summary>Where one signal of OpenTelemetry goes.</summary>
/// <param name="Endpoint">URL that is posted to.</param>
/// <param name="Protocol">How.</param>
/// <param name="Headers">Headers of each request, as the variable has them; they often hold a token.</param>
internal sealed record OtlpDestination(Uri Endpoint, OtlpExportProtocol Protocol, string? Headers)
{
    /// <summary>The endpoint as logs may have it: without what could be a credential.</summary>
    public string Name => Endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>The protocol's name.</summary>
    public string ProtocolName => Protocol == OtlpExportProtocol.Grpc ? OtlpSettings.Grpc : OtlpSettings.HttpProtobuf;
}

/// <summary>What becomes of the spans of requests.</summary>
/// <param name="Destination">Where they go.</param>
/// <param name="Sampler">Which of them go there.</param>
/// <param name="PassOn">Whether requests name their span to upstreams.</param>
internal sealed record OtlpTraces(OtlpDestination Destination, Sampler Sampler, bool PassOn);

/// <summary>
/// What the environment says of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/protocol/exporter/ and https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
/// Audit records go where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> or <c>OTEL_EXPORTER_OTLP_LOGS_ENDPOINT</c> says; metrics and traces only when they are asked for.
/// </summary>
/// <param name="Logs">Where audit records go; null when nowhere.</param>
/// <param name="Metrics">Where metrics go; null when nowhere.</param>
/// <param name="Traces">What becomes of spans; null when there are none.</param>
/// <param name="ServiceName">What the service is called.</param>
/// <param name="Resource">Further attributes of the resource.</param>
internal sealed record OtlpSettings(OtlpDestination? Logs, OtlpDestination? Metrics, OtlpTraces? Traces, string ServiceName, ImmutableArray<KeyValuePair<string, object>> Resource)
{
    public const string Grpc = "grpc";
    public const string HttpProtobuf = "http/protobuf";

    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    /// <summary>Whether nothing is exported.</summary>
    public bool IsEmpty => this is { Logs: null, Metrics: null, Traces: null };

    /// <summary>Reads the environment. An empty variable is one that is not set.</summary>
    /// <exception cref="StartupException">A variable cannot be read. Its value is not repeated.</exception>
    public static OtlpSettings Read(Func<string, string?> variable)
    {
        var disabled = Text("OTEL_SDK_DISABLED")?.Equals("true", StringComparison.OrdinalIgnoreCase) == true;
        var attributes = ReadAttributes(Text("OTEL_RESOURCE_ATTRIBUTES"));
        var sampler = ReadSampler(Text("OTEL_TRACES_SAMPLER"), Text("OTEL_TRACES_SAMPLER_ARG"));
        var passesOn = ReadPropagators(Text("OTEL_PROPAGATORS"));
        return new OtlpSettings(
            disabled || !Wants("LOGS", byDefault: true) ? null : Destination("LOGS", "v1/logs"),
            disabled || !Wants("METRICS", byDefault: Text($"{Prefix}METRICS_ENDPOINT") is not null) ? null : Destination("METRICS", "v1/metrics"),
            disabled || !Wants("TRACES", byDefault: Text($"{Prefix}TRACES_ENDPOINT") is not null) || Destination("TRACES", "v1/traces") is not { } traces
                ? null
                : new OtlpTraces(traces, sampler, passesOn),
            Text("OTEL_SERVICE_NAME") ?? attributes.FirstOrDefault(a => a.Key == "service.name").Value as string ?? "iron-proxy",
            attributes.RemoveAll(static a => a.Key == "service.name"));

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

        bool Wants(string signal, bool byDefault) => Text($"OTEL_{signal}_EXPORTER") switch
        {
            null => byDefault,
            "otlp" => true,
            "none" => false,
            _ => throw new StartupException($"OTEL_{signal}_EXPORTER can be otlp or none."),
        };

        OtlpDestination? Destination(string signal, string path)
        {
            var own = Text($"{Prefix}{signal}_ENDPOINT");
            if ((own ?? Text($"{Prefix}ENDPOINT")) is not { } text)
            {
                return null;
            }

            var name = own is null ? $"{Prefix}ENDPOINT" : $"{Prefix}{signal}_ENDPOINT";
            if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
            {
                throw new StartupException($"{name} is no URL with http or https.");
            }

            var protocol = (Text($"{Prefix}{signal}_PROTOCOL") ?? Text($"{Prefix}PROTOCOL")) switch
            {
                null or HttpProtobuf => OtlpExportProtocol.HttpProtobuf,
                Grpc => OtlpExportProtocol.Grpc,
                _ => throw new StartupException($"{Prefix}PROTOCOL can be {HttpProtobuf} or {Grpc}."),
            };
            if (own is null && protocol == OtlpExportProtocol.HttpProtobuf)
            {
                endpoint = new Uri($"{endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}"); // The general one is where the paths of all signals begin.
            }

            var headers = Text($"{Prefix}{signal}_HEADERS") ?? Text($"{Prefix}HEADERS");
            if (headers?.Split(',').Any(static h => h.IndexOf('=', StringComparison.Ordinal) < 1) == true)
            {
                throw new StartupException($"{Prefix}HEADERS is no list of key=value with commas.");
            }

            return new OtlpDestination(endpoint, protocol, headers);
        }
    }

    /// <summary>Which spans are exported: by default all whose parent is, and all without one.</summary>
    private static Sampler ReadSampler(string? name, string? argument)
    {
        const string Variable = "OTEL_TRACES_SAMPLER";
        return name switch
        {
            null or "parentbased_always_on" => new ParentBasedSampler(new AlwaysOnSampler()),
            "parentbased_always_off" => new ParentBasedSampler(new AlwaysOffSampler()),
            "parentbased_traceidratio" => new ParentBasedSampler(new TraceIdRatioBasedSampler(Ratio())),
            "always_on" => new AlwaysOnSampler(),
            "always_off" => new AlwaysOffSampler(),
            "traceidratio" => new TraceIdRatioBasedSampler(Ratio()),
            _ => throw new StartupException($"{Variable} can be always_on, always_off, traceidratio, or one of them with parentbased_ before it."),
        };

        double Ratio() => argument is null ? 1
            : double.TryParse(argument, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? ratio
            : throw new StartupException($"{Variable}_ARG is no number from 0 to 1.");
    }

    /// <summary>Whether requests name their span to upstreams. Unlike in an SDK that is not the default: what is sent to strangers is for the operator to say.</summary>
    private static bool ReadPropagators(string? list)
    {
        var names = list?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        if (names.Any(static n => n is not ("tracecontext" or "baggage" or "none")))
        {
            throw new StartupException("OTEL_PROPAGATORS can be none, or tracecontext and baggage with a comma.");
        }

        return names.Contains("tracecontext"); // The workload's baggage goes on as it is in any case.
    }

    private static ImmutableArray<KeyValuePair<string, object>> ReadAttributes(string? text)
    {
        var attributes = ImmutableArray.CreateBuilder<KeyValuePair<string, object>>();
        foreach (var pair in text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new StartupException("OTEL_RESOURCE_ATTRIBUTES is no list of key=value with commas.");
            }

            attributes.Add(new(Uri.UnescapeDataString(pair[..equals].Trim()), Uri.UnescapeDataString(pair[(equals + 1)..].Trim())));
        }

        return attributes.ToImmutable();
    }
}
