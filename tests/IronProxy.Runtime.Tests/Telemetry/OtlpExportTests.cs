using System.Net;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Telemetry;

/// <summary>Audit records at a collector, beside the audit log.</summary>
public sealed class OtlpExportTests
{
    private const string Transforms = "[{ name: allowlist, config: { rules: [{ host: upstream.test, paths: [/open/*] }] } }]";
    private const string Token = "Bearer the-token-of-the-collector";

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Records_reach_the_collector_with_the_members_of_the_log(string protocol)
    {
        var grpc = protocol == "grpc";
        await using var collector = await Collector.StartAsync(grpc);
        await using var world = await StartAsync(collector, ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=staging"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(world, "/open/x?secret=1"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(world, "/closed"));

        var records = await collector.ReceiveAsync(2);
        var logged = await world.RecordsAsync(2);
        foreach (var (record, line) in records.Zip(logged))
        {
            var audit = line.GetProperty("audit");
            foreach (var member in audit.EnumerateObject().Where(m => m.Name != "rule"))
            {
                // The log rounds when it is written, which is not the same moment.
                Assert.True(member.Name == "duration_ms" || record[member.Name] == member.Value.ToString(), $"{member} is not {record.GetValueOrDefault(member.Name)}");
            }

            Assert.Equal(audit.GetProperty("rule").GetProperty("line").ToString(), record["rule.line"]);
            Assert.StartsWith("{\"name\":\"allowlist\",", record["request_transforms"], StringComparison.Ordinal);
            Assert.Equal(("iron-proxy", "staging"), (record["resource:service.name"], record["resource:deployment.environment"]));
        }

        Assert.Equal(["9", "13"], records.Select(r => r["(severity)"])); // INFO and WARN of the data model.
        Assert.Equal((grpc ? "/opentelemetry.proto.collector.logs.v1.LogsService/Export " : "/v1/logs ") + Token, collector.Requests.First());
        Assert.DoesNotContain(Token, world.Output, StringComparison.Ordinal);
        Assert.Contains("\"msg\":\"otel exporter enabled\"", world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task What_the_collector_takes_only_later_is_sent_again(string protocol)
    {
        await using var collector = await Collector.StartAsync(protocol == "grpc");
        collector.Status = 503;
        await using var world = await StartAsync(collector, ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(world, "/open/x"));
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(collector.Requests.Count > 0)));
        collector.Status = 200;

        Assert.Equal("/open/x", Assert.Single(await collector.ReceiveAsync(1))["path"]);
    }

    [Fact]
    public async Task A_collector_that_refuses_or_is_not_there_holds_nothing_up_and_the_end_says_so()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        collector.Status = 400;
        await using var world = await StartAsync(collector);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(world, "/open/x"));
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(world.Output.Contains("1 audit records were not exported: it answered with status 400", StringComparison.Ordinal))));

        await collector.DisposeAsync();
        Assert.Equal(HttpStatusCode.OK, await GetAsync(world, "/open/y"));
        Assert.Equal(2, (await world.RecordsAsync(2)).Length);
    }

    [Fact]
    public async Task What_waits_is_sent_before_the_end()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using (var world = await StartAsync(collector))
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(HttpStatusCode.OK, await GetAsync(world, "/open/x"));
            }
        }

        Assert.Equal(20, collector.Records.Count);
    }

    [Fact]
    public async Task Metrics_are_sent_when_they_are_asked_for()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using (await StartAsync(collector, ("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "none")))
        {
        }

        Assert.Contains(collector.Requests, r => r == "/v1/metrics " + Token);
    }

    private static async Task<TlsWorld> StartAsync(Collector collector, params (string Name, string Value)[] variables) => await TlsWorld.StartAsync(
        static app => app.Run(static http => http.Response.WriteAsync("hello")),
        Transforms,
        environment: name => name switch
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => collector.Url,
            "OTEL_EXPORTER_OTLP_HEADERS" => "Authorization=" + Token,
            _ => variables.FirstOrDefault(v => v.Name == name).Value,
        });

    private static async Task<HttpStatusCode> GetAsync(TlsWorld world, string path)
    {
        using var client = new HttpClient(world.CreateHandler()) { Timeout = Patience.Event };
        using var response = await client.GetAsync(new Uri($"https://upstream.test:{world.UpstreamPort}{path}"));
        return response.StatusCode;
    }
}
