using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Telemetry;

/// <summary>Spans at a collector, and what upstreams hear of them.</summary>
public sealed class OtlpTracesTests
{
    private const string Transforms = "[{ name: allowlist, config: { rules: [{ host: upstream.test, paths: [/open/*] }] } }]";
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = $"00-{Trace}-b7ad6b7169203331-01";
    private const string Unsampled = $"00-{Trace}-b7ad6b7169203331-00";

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Each_request_is_a_span_of_its_record(string protocol)
    {
        await using var collector = await Collector.StartAsync(protocol == "grpc");
        await using var world = await StartAsync(collector, Transforms, ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, "/open/x?secret=1")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(world, "/closed?secret=1")).Status);

        var spans = await collector.ReceiveSpansAsync(2);
        var records = await world.RecordsAsync(2);
        foreach (var (span, audit) in spans.Zip(records.Select(r => r.GetProperty("audit"))))
        {
            Assert.Equal(("GET", "2", "iron-proxy", "iron-proxy"), (span["(name)"], span["(kind)"], span["(scope)"], span["resource:service.name"])); // 2 is SERVER.
            foreach (var (attribute, member) in new[]
            {
                ("http.request.method", "method"), ("server.address", "host"), ("server.port", "port"), ("url.scheme", "scheme"), ("url.path", "path"), ("http.response.status_code", "status"),
                ("iron_proxy.action", "action"), ("iron_proxy.outcome", "outcome"), ("iron_proxy.mode", "mode"), ("iron_proxy.listener", "listener"), ("iron_proxy.plan_hash", "plan_hash"),
            })
            {
                Assert.Equal(audit.GetProperty(member).ToString(), span[attribute]);
            }

            Assert.Equal(audit.GetProperty("rule").GetProperty("line").ToString(), span["iron_proxy.rule.line"]);
            Assert.Equal(("127.0.0.1", "", ""), (span["client.address"], span["(parent)"], span["(status)"]));
            Assert.True(ulong.Parse(span["(end)"], null) > ulong.Parse(span["(start)"], null));
            Assert.DoesNotContain(span.Values, static v => v.Contains("secret", StringComparison.Ordinal));
        }

        Assert.Equal(("200", false), (spans[0]["iron_proxy.upstream_status"], spans[0].ContainsKey("error.type")));
        Assert.Equal(("request_not_allowed", "request_not_allowed", "allowlist"), (spans[1]["error.type"], spans[1]["iron_proxy.reason"], spans[1]["iron_proxy.rejected_by"]));
        var logged = await collector.ReceiveAsync(2);
        Assert.Equal(spans.Select(s => (s["(trace)"], s["(span)"])), logged.Select(r => (r["(trace)"], r["(span)"])));
        Assert.Contains("\"msg\":\"otel exporter of traces enabled\"", world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_an_error_of_the_span()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(world, "/open/503")).Status);

        var span = Assert.Single(await collector.ReceiveSpansAsync(1));
        Assert.Equal(("2", "503", "allow"), (span["(status)"], span["error.type"], span["iron_proxy.action"])); // 2 is ERROR.
    }

    [Fact]
    public async Task A_method_that_is_made_up_names_no_span()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms);
        await SendAsync(world, "/open/x", method: "CONJURE");

        var span = Assert.Single(await collector.ReceiveSpansAsync(1));
        Assert.Equal(("HTTP", "_OTHER", "CONJURE"), (span["(name)"], span["http.request.method"], span["http.request.method_original"]));
    }

    [Fact]
    public async Task Tunnels_and_what_is_no_request_have_spans_without_a_parent()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms);
        Assert.StartsWith("HTTP/1.1 200 ", await TalkAsync(world, ListenerRole.Tunnel, $"CONNECT upstream.test:443 HTTP/1.1\r\nHost: upstream.test:443\r\ntraceparent: {Parent}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await TalkAsync(world, ListenerRole.Tunnel, "CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", await TalkAsync(world, ListenerRole.Http, "GET / HTTP/1.1\r\nHost upstream.test\r\n\r\n"), StringComparison.Ordinal);

        var spans = await collector.ReceiveSpansAsync(3);
        Assert.Equal(["CONNECT opened ", "CONNECT refused host_not_allowed", "GET refused malformed_request"], spans.Select(s => $"{s["(name)"]} {s["iron_proxy.outcome"]} {s.GetValueOrDefault("error.type")}"));
        Assert.All(spans, s => Assert.Equal("", s["(parent)"]));
    }

    [Fact]
    public async Task TLS_that_is_passed_through_is_a_span_of_its_own()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(
            collector, "[{ name: allowlist, config: { rules: [{ host: upstream.test, tls: passthrough }] } }]", ("OTEL_PROPAGATORS", "tracecontext"));
        Assert.Equal($"{Parent};", (await SendAsync(world, "/open/x", Parent, inTunnel: true)).Heard); // Nobody looks into it.

        var spans = await collector.ReceiveSpansAsync(2);
        Assert.Equal(["CONNECT opened", "sni-only delivered"], spans.Select(s => $"{s["(name)"]} {s["iron_proxy.outcome"]}"));
        Assert.Equal(("upstream.test", "", false), (spans[1]["server.address"], spans[1]["(parent)"], spans[1].ContainsKey("http.request.method")));
    }

    [Fact]
    public async Task The_parent_is_the_one_that_the_workload_names_and_the_upstream_hears_what_the_workload_said()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms);
        Assert.Equal($"{Parent};a=1,b=2", (await SendAsync(world, "/open/x", Parent, "a=1,b=2")).Heard);
        Assert.Equal(";", (await SendAsync(world, "/open/x")).Heard);

        var spans = await collector.ReceiveSpansAsync(2);
        Assert.Equal((Trace, "b7ad6b7169203331", "a=1,b=2"), (spans[0]["(trace)"], spans[0]["(parent)"], spans[0]["(state)"]));
        Assert.NotEqual(Trace, spans[1]["(trace)"]);
    }

    [Theory]
    [InlineData("ff", "01")]
    [InlineData("03", "01")]
    public async Task Flags_that_the_version_does_not_have_go_no_further(string flags, string heard)
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms, ("OTEL_PROPAGATORS", "tracecontext"));
        Assert.Matches($"^00-{Trace}-[0-9a-f]{{16}}-{heard};$", (await SendAsync(world, "/open/x", $"00-{Trace}-b7ad6b7169203331-{flags}")).Heard);
    }

    [Fact]
    public async Task The_span_goes_on_in_the_place_of_its_parent_when_it_is_asked_for()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms, ("OTEL_PROPAGATORS", "tracecontext"));
        var heard = new[] { (await SendAsync(world, "/open/x", Parent, "a=1")).Heard, (await SendAsync(world, "/open/x")).Heard };

        var spans = await collector.ReceiveSpansAsync(2);
        Assert.Equal([$"00-{Trace}-{spans[0]["(span)"]}-01;a=1", $"00-{spans[1]["(trace)"]}-{spans[1]["(span)"]}-01;"], heard);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData($"00-{Trace}-0000000000000000-01")]
    [InlineData($"ff-{Trace}-b7ad6b7169203331-01")]
    [InlineData($"00-{Trace}-b7ad6b7169203331")]
    [InlineData($"{Parent},{Parent}")]
    public async Task A_parent_that_is_malformed_is_none(string parent)
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms, ("OTEL_PROPAGATORS", "tracecontext"));
        var heard = (await SendAsync(world, "/open/x", parent, "a=1")).Heard;

        var span = Assert.Single(await collector.ReceiveSpansAsync(1));
        Assert.Equal(("", ""), (span["(parent)"], span["(state)"]));
        Assert.Equal($"00-{span["(trace)"]}-{span["(span)"]}-01;", heard);
        Assert.NotEqual(Trace, span["(trace)"]);
    }

    [Theory]
    [InlineData("parentbased_always_on", Unsampled)]
    [InlineData("always_off", Parent)]
    [InlineData("parentbased_traceidratio", Unsampled)]
    public async Task What_is_not_sampled_is_not_sent_and_says_so_upstream(string sampler, string parent)
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms, ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_PROPAGATORS", "tracecontext"));
        var heard = (await SendAsync(world, "/open/x", parent)).Heard;

        Assert.Matches($"^00-{Trace}-[0-9a-f]{{16}}-00;$", heard);
        await collector.ReceiveAsync(1); // Its record.
        await world.DisposeAsync();
        Assert.Empty(collector.Spans);
    }

    [Fact]
    public async Task The_workload_does_not_choose_what_is_sampled_when_only_the_trace_counts()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(collector, Transforms, ("OTEL_TRACES_SAMPLER", "always_on"));
        await SendAsync(world, "/open/x", Unsampled);

        Assert.Equal(Trace, Assert.Single(await collector.ReceiveSpansAsync(1))["(trace)"]);
    }

    [Fact]
    public async Task Policy_about_headers_holds_for_what_is_passed_on()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        await using var world = await StartAsync(
            collector, $"[{Transforms[1..^1]}, {{ name: header_allowlist, config: {{ headers: [tracestate] }} }}]", ("OTEL_PROPAGATORS", "tracecontext"));
        Assert.Equal(";a=1", (await SendAsync(world, "/open/x", Parent, "a=1")).Heard);

        var record = Assert.Single(await world.RecordsAsync(1));
        Assert.Contains("\"Traceparent\"", record.GetProperty("request_transforms").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_slow_or_not_there_holds_nothing_up()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        var turn = new TaskCompletionSource();
        collector.Turn = turn.Task;
        await using var world = await StartAsync(collector, Transforms);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, "/open/x")).Status);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(collector.Requests.Any(r => r.StartsWith("/v1/traces", StringComparison.Ordinal)))));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, "/open/y")).Status);
        collector.Status = 400;
        turn.SetResult();
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(world.Output.Contains(" spans were not exported: it answered with status 400", StringComparison.Ordinal))));

        await collector.DisposeAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(world, "/open/z")).Status);
        Assert.Equal(3, (await world.RecordsAsync(3)).Length);
    }

    [Fact]
    public async Task What_the_collector_takes_only_later_is_sent_again_and_what_waits_before_the_end()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        collector.Status = 503;
        await using (var world = await StartAsync(collector, Transforms))
        {
            await SendAsync(world, "/open/x");
            Assert.True(await Patience.UntilAsync(() => Task.FromResult(collector.Requests.Any(r => r.StartsWith("/v1/traces", StringComparison.Ordinal)))));
            collector.Status = 200;
            await SendAsync(world, "/open/y");
        }

        Assert.Equal(["/open/x", "/open/y"], collector.Spans.Select(s => s["url.path"]));
        Assert.All(collector.Spans, static s => Assert.Equal("", s["(status)"]));
    }

    [Fact]
    public async Task Nothing_is_traced_unless_it_is_asked_for()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        var seen = new List<string?>();
        await using (var world = await TlsWorld.StartAsync(
            static app => app.Run(Upstream), Transforms, environment: name => name switch { "OTEL_EXPORTER_OTLP_ENDPOINT" => collector.Url, "OTEL_PROPAGATORS" => "tracecontext", _ => null },
            steps: () => [new ActivitySeer(seen)]))
        {
            Assert.Equal($"{Parent};a=1", (await SendAsync(world, "/open/x", Parent, "a=1")).Heard);
        }

        Assert.Equal((1, 0), (collector.Records.Count, collector.Spans.Count));
        Assert.Null(Assert.Single(seen));
    }

    [Fact]
    public async Task The_span_is_nowhere_the_current_one()
    {
        await using var collector = await Collector.StartAsync(grpc: false);
        var seen = new List<string?>();
        await using var world = await StartAsync(collector, Transforms, () => [new ActivitySeer(seen)]);
        await SendAsync(world, "/open/x", Parent);

        await collector.ReceiveSpansAsync(1);
        Assert.Null(Assert.Single(seen));
    }

    private static Task<TlsWorld> StartAsync(Collector collector, string transforms, params (string Name, string Value)[] variables) => StartAsync(collector, transforms, null, variables);

    private static async Task<TlsWorld> StartAsync(Collector collector, string transforms, Func<IEnumerable<IStep>>? steps, params (string Name, string Value)[] variables) => await TlsWorld.StartAsync(
        static app => app.Run(Upstream), transforms, steps, environment: name => name switch
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT" => collector.Url,
            "OTEL_TRACES_EXPORTER" => "otlp",
            _ => variables.FirstOrDefault(v => v.Name == name).Value,
        });

    /// <summary>Answers with the trace context that it hears.</summary>
    private static Task Upstream(HttpContext http)
    {
        http.Response.StatusCode = http.Request.Path == "/open/503" ? 503 : 200;
        return http.Response.WriteAsync($"{http.Request.Headers.TraceParent};{http.Request.Headers.TraceState}");
    }

    private static async Task<(HttpStatusCode Status, string Heard)> SendAsync(TlsWorld world, string path, string? parent = null, string? state = null, string method = "GET", bool inTunnel = false)
    {
        var handler = world.CreateHandler();
        handler.ActivityHeadersPropagator = null;
        if (inTunnel)
        {
            handler.ConnectCallback = null;
            handler.Proxy = new WebProxy($"http://{world.Server.Endpoints[ListenerRole.Tunnel]}");
        }

        using var client = new HttpClient(handler) { Timeout = Patience.Event };
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"https://upstream.test:{world.UpstreamPort}{path}"));
        foreach (var (name, value) in new[] { ("traceparent", parent), ("tracestate", state) })
        {
            if (value is not null)
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            }
        }

        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Says something, and reads what is answered first.</summary>
    private static async Task<string> TalkAsync(TlsWorld world, ListenerRole role, string said)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(world.Server.Endpoints[role]);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(said));
        var buffer = new byte[4096];
        using var patience = new CancellationTokenSource(Patience.Event);
        return Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, patience.Token));
    }

    /// <summary>Looks at what is traced while a request is served.</summary>
    private sealed class ActivitySeer(List<string?> seen) : IRequestStep
    {
        public string Name => "seer";

        public ValueTask<StepOutcome> RunAsync(RequestContext context)
        {
            seen.Add(Activity.Current?.Id);
            return new(StepOutcome.Continue);
        }
    }
}
