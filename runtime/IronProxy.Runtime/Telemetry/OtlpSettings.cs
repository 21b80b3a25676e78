using System.Collections.Immutable;
using OpenTelemetry.Exporter;

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

/// <summary>
/// What the environment says of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Audit records go where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>
/// or <c>OTEL_EXPORTER_OTLP_LOGS_ENDPOINT</c> says; metrics only when they are asked for.
/// </summary>
/// <param name="Logs">Where audit records go; null when nowhere.</param>
/// <param name="Metrics">Where metrics go; null when nowhere.</param>
/// <param name="ServiceName">What the service is called.</param>
/// <param name="Resource">Further attributes of the resource.</param>
internal sealed record OtlpSettings(OtlpDestination? Logs, OtlpDestination? Metrics, string ServiceName, ImmutableArray<KeyValuePair<string, object>> Resource)
{
    public const string Grpc = "grpc";
    public const string HttpProtobuf = "http/protobuf";

    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    /// <summary>Reads the environment. An empty variable is one that is not set.</summary>
    /// <exception cref="StartupException">A variable cannot be read. Its value is not repeated.</exception>
    public static OtlpSettings Read(Func<string, string?> variable)
    {
        var disabled = Text("OTEL_SDK_DISABLED")?.Equals("true", StringComparison.OrdinalIgnoreCase) == true;
        var attributes = ReadAttributes(Text("OTEL_RESOURCE_ATTRIBUTES"));
        return new OtlpSettings(
            disabled || !Wants("LOGS", byDefault: true) ? null : Destination("LOGS", "v1/logs"),
            disabled || !Wants("METRICS", byDefault: Text($"{Prefix}METRICS_ENDPOINT") is not null) ? null : Destination("METRICS", "v1/metrics"),
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
