using IronProxy.Runtime.Telemetry;
using OpenTelemetry.Exporter;

namespace IronProxy.Runtime.Tests.Telemetry;

public sealed class OtlpSettingsTests
{
    [Fact]
    public void Without_an_endpoint_nothing_is_exported()
    {
        var settings = Read(("OTEL_SERVICE_NAME", "x"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=b"), ("OTEL_EXPORTER_OTLP_ENDPOINT", ""));
        Assert.Null(settings.Logs);
        Assert.Null(settings.Metrics);
        Assert.True(settings.IsEmpty);
    }

    [Fact]
    public void The_general_endpoint_is_for_records_and_for_metrics_when_they_are_asked_for()
    {
        var settings = Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.test:4318/base/"), ("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20x"));
        Assert.Equal("https://collector.test:4318/base/v1/logs", settings.Logs!.Endpoint.ToString());
        Assert.Equal("Authorization=Bearer%20x", settings.Logs.Headers);
        Assert.Equal(("iron-proxy", OtlpExportProtocol.HttpProtobuf), (settings.ServiceName, settings.Logs.Protocol));
        Assert.Null(settings.Metrics);

        settings = Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.test:4318"), ("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "none"));
        Assert.Null(settings.Logs);
        Assert.Equal("https://collector.test:4318/v1/metrics", settings.Metrics!.Endpoint.ToString());
    }

    [Fact]
    public void A_signal_may_have_its_own()
    {
        var settings = Read(
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://user:pass@logs.test/in?key=secret"), ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://metrics.test:4317"),
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=1"), ("OTEL_EXPORTER_OTLP_HEADERS", "b=2"));
        Assert.Equal("http://logs.test/in", settings.Logs!.Name);
        Assert.Equal(("a=1", "http/protobuf"), (settings.Logs.Headers, settings.Logs.ProtocolName));
        Assert.Equal(("b=2", "grpc", "http://metrics.test:4317/"), (settings.Metrics!.Headers, settings.Metrics.ProtocolName, settings.Metrics.Endpoint.ToString()));
    }

    [Fact]
    public void Traces_are_exported_when_they_are_asked_for()
    {
        var endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.test:4318");
        Assert.Null(Read(endpoint).Traces);
        Assert.Null(Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.test/in"), ("OTEL_TRACES_EXPORTER", "none")).Traces);
        Assert.Null(Read(("OTEL_TRACES_EXPORTER", "otlp")).Traces);

        var traces = Read(endpoint, ("OTEL_TRACES_EXPORTER", "otlp")).Traces!;
        Assert.Equal(("https://collector.test:4318/v1/traces", false), (traces.Destination.Endpoint.ToString(), traces.PassOn));

        traces = Read(
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.test/in"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=1"),
            ("OTEL_PROPAGATORS", "tracecontext, baggage")).Traces!;
        Assert.Equal(("https://traces.test/in", "grpc", "a=1", true), (traces.Destination.Endpoint.ToString(), traces.Destination.ProtocolName, traces.Destination.Headers, traces.PassOn));
    }

    [Theory]
    [InlineData(null, null, "ParentBased{AlwaysOnSampler}")]
    [InlineData("parentbased_always_on", null, "ParentBased{AlwaysOnSampler}")]
    [InlineData("parentbased_always_off", null, "ParentBased{AlwaysOffSampler}")]
    [InlineData("parentbased_traceidratio", "0.25", "ParentBased{TraceIdRatioBasedSampler{0.250000}}")]
    [InlineData("always_on", "secret", "AlwaysOnSampler")]
    [InlineData("always_off", null, "AlwaysOffSampler")]
    [InlineData("traceidratio", null, "TraceIdRatioBasedSampler{1.000000}")]
    public void The_sampler_is_one_of_the_standard(string? name, string? argument, string expected) =>
        Assert.Equal(expected, Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces.test"), ("OTEL_TRACES_SAMPLER", name ?? ""), ("OTEL_TRACES_SAMPLER_ARG", argument ?? "")).Traces!.Sampler.Description);

    [Theory]
    [InlineData("secret")]
    [InlineData("-0.1")]
    [InlineData("1.1")]
    [InlineData("NaN")]
    public void A_ratio_is_from_0_to_1(string ratio)
    {
        var e = Assert.Throws<StartupException>(() => Read(("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", ratio)));
        Assert.Equal("OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1.", e.Message);
    }

    [Fact]
    public void The_resource_has_the_attributes_of_the_environment()
    {
        var settings = Read(("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=staging, service.name=mine,a%20b=c%2Cd"));
        Assert.Equal("mine", settings.ServiceName);
        Assert.Equal(["deployment.environment staging", "a b c,d"], settings.Resource.Select(a => $"{a.Key} {a.Value}"));
        Assert.Equal("other", Read(("OTEL_SERVICE_NAME", "other"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine")).ServiceName);
    }

    [Fact]
    public void It_can_be_switched_off() =>
        Assert.Null(Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.test"), ("OTEL_SDK_DISABLED", "true")).Logs);

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318/secret")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://secret")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "secret")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/secret")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "secret")]
    [InlineData("OTEL_LOGS_EXPORTER", "secret")]
    [InlineData("OTEL_TRACES_EXPORTER", "secret")]
    [InlineData("OTEL_TRACES_SAMPLER", "secret")]
    [InlineData("OTEL_PROPAGATORS", "tracecontext,secret")]
    public void What_cannot_be_read_ends_the_start_and_is_named_without_its_value(string name, string value)
    {
        var e = Assert.Throws<StartupException>(() => Read(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.test"), (name, value)));
        Assert.Contains(name.Replace("LOGS_PROTOCOL", "PROTOCOL", StringComparison.Ordinal), e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The last value of a name holds.</summary>
    private static OtlpSettings Read(params (string Name, string Value)[] variables) =>
        OtlpSettings.Read(name => variables.LastOrDefault(v => v.Name == name).Value);
}
