using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>Requests and responses that a server with Python's gRPC decides about.</summary>
public sealed class GrpcTests(GrpcWorld world) : IClassFixture<GrpcWorld>
{
    [SkippableTheory]
    [InlineData("plain")]
    [InlineData("tls")]
    [InlineData("system")]
    [InlineData("mtls")]
    public async Task Requests_and_responses_go_on_when_the_server_says_so(string transform)
    {
        var path = $"/{transform}/continue";
        var (status, body, record) = await world.RecordAsync(path, "text");
        Assert.Equal((200, "allow"), (status, record.GetProperty("audit").GetProperty("action").GetString()));

        using var upstream = JsonDocument.Parse(body);
        Assert.Equal(path, upstream.RootElement.GetProperty("path").GetString());
        Assert.Equal(GrpcWorld.Secret, upstream.RootElement.GetProperty("headers").GetProperty("Authorization")[0].GetString());
        Assert.Equal($$"""{"grpc.instance":"{{transform}}"}""", GrpcWorld.Step(record).GetProperty("annotations").GetRawText());
        Assert.Equal($$"""{"grpc.instance":"{{transform}}"}""", GrpcWorld.Step(record, "response_transforms").GetProperty("annotations").GetRawText());

        var shown = transform == "plain";
        foreach (var asked in (string[])["request", "response"])
        {
            var question = await world.AskedAsync(path);
            Assert.Equal(asked, question.GetProperty("asked").GetString());
            Assert.Equal(("POST", shown ? "text" : null), (question.GetProperty("method").GetString(), question.GetProperty("body").GetString()));
            Assert.EndsWith(path, question.GetProperty("url").GetString(), StringComparison.Ordinal);
            Assert.Equal($"https://{question.GetProperty("host")}{path}", question.GetProperty("url").GetString());
            Assert.True(question.GetProperty("remote").GetBoolean());
            Assert.Equal(("api.example.com", question.GetProperty("host").GetString()), (question.GetProperty("sni").GetString(), question.GetProperty("tunnel").GetString()));
            Assert.True(question.GetProperty("headers").TryGetProperty("Content-Type", out _));
            Assert.DoesNotContain(GrpcWorld.Secret, asked == "request" ? question.GetRawText() : question.GetProperty("headers").GetRawText(), StringComparison.Ordinal);
            Assert.Equal(asked == "response" && shown ? body : null, question.TryGetProperty("content", out var content) ? content.GetString() : null);
        }
    }

    [SkippableFact]
    public async Task What_the_server_modifies_is_what_is_sent()
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var (status, body, headers) = await world.SendAsync("/plain/modify", "text", ("X-Dropped", "1"), ("X-Kept", "2"));
        Assert.Equal((202, "yes"), (status, headers.GetValues("X-Seen").Single()));
        Assert.StartsWith("seen: ", body, StringComparison.Ordinal);

        using var upstream = JsonDocument.Parse(body["seen: ".Length..]);
        var received = upstream.RootElement.GetProperty("headers");
        Assert.Equal(("/plain/modify?added=1", "TEXT"), (upstream.RootElement.GetProperty("path").GetString(), upstream.RootElement.GetProperty("body").GetString()));
        Assert.Equal(["one", "zw\u00c3\u00b6lf"], received.GetProperty("X-Added").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal("2", received.GetProperty("X-Kept")[0].GetString());
        Assert.False(received.TryGetProperty("X-Dropped", out _));

        var record = (await world.Proxy.RecordsSinceAsync(mark, 2))[^1];
        Assert.Equal(
            """{"grpc.instance":"plain","team":"red","grpc.modified":["header:X-Dropped","header:X-Added","query","body"]}""", GrpcWorld.Step(record).GetProperty("annotations").GetRawText());
        Assert.Equal(
            """{"grpc.instance":"plain","grpc.modified":["header:X-Seen","status","body"]}""", GrpcWorld.Step(record, "response_transforms").GetProperty("annotations").GetRawText());
    }

    [SkippableTheory]
    [InlineData("reject", 451, "not here", "request_transforms")]
    [InlineData("reject_plain", 403, null, "request_transforms")]
    [InlineData("reject_response", 418, "no response", "response_transforms")]
    [InlineData("hidden", 403, null, "response_transforms")]
    public async Task What_the_server_rejects_ends_in_its_words_or_in_the_proxys(string scenario, int expected, string? words, string transforms)
    {
        var (status, body, record) = await world.RecordAsync($"/plain/{scenario}");
        Assert.Equal((expected, expected), (status, record.GetProperty("audit").GetProperty("status_code").GetInt32()));
        Assert.Equal(("reject", "transform_rejected", "grpc"), (
            record.GetProperty("audit").GetProperty("action").GetString(), record.GetProperty("audit").GetProperty("reason").GetString(), record.GetProperty("rejected_by").GetString()));
        Assert.Equal("reject", GrpcWorld.Step(record, transforms).GetProperty("action").GetString());
        Assert.Equal(transforms == "response_transforms", record.GetProperty("audit").TryGetProperty("upstream_status", out _));
        if (words is not null)
        {
            Assert.Equal(words, body);
        }
        else
        {
            Assert.Contains("\"reason\":\"transform_rejected\"", body, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("/plain/abort", "transform_unavailable", "it answered with the gRPC status PermissionDenied")]
    [InlineData("/plain/garbage", "transform_invalid", "its answer is no message of the service")]
    [InlineData("/plain/big", "transform_unavailable", "its answer is too large, or it has no room for the question")]
    [InlineData("/plain/unspecified", "transform_invalid", "it says neither continue nor reject")]
    [InlineData("/plain/smuggle", "transform_invalid", "it sets a header of framing, routing or the connection")]
    [InlineData("/plain/elsewhere", "transform_invalid", "its URL leads elsewhere")]
    [InlineData("/late/slow", "transform_unavailable", "it did not answer in time")]
    [InlineData("/other-ca/continue", "transform_unavailable", "its certificate or TLS handshake was not accepted")]
    [InlineData("/other-name/continue", "transform_unavailable", "its certificate or TLS handshake was not accepted")]
    [InlineData("/no-certificate/continue", "transform_unavailable", "it cannot be reached")]
    [InlineData("/away/continue", "transform_unavailable", "it cannot be reached")]
    [InlineData("/unresolved/continue", "transform_unavailable", "it cannot be reached")]
    [InlineData("/no-grpc/continue", "transform_unavailable", null)]
    public async Task Without_an_answer_that_can_be_applied_nothing_goes_on(string path, string reason, string? error)
    {
        var (status, body, record) = await world.RecordAsync(path, "text");
        Assert.Equal((502, reason), (status, record.GetProperty("audit").GetProperty("reason").GetString()));
        Assert.Equal("refused", record.GetProperty("audit").GetProperty("outcome").GetString());
        Assert.DoesNotContain("canary-", body, StringComparison.Ordinal);
        var said = GrpcWorld.Step(record).GetProperty("annotations").GetProperty("grpc.error").GetString();
        Assert.True(error is null || error == said, said);
    }

    [SkippableFact]
    public async Task A_response_that_is_too_long_to_be_shown_is_not_sent()
    {
        var (status, _, record) = await world.RecordAsync("/plain/large");
        Assert.Equal((502, "response_too_large"), (status, record.GetProperty("audit").GetProperty("reason").GetString()));
    }

    [SkippableFact]
    public async Task Only_allowed_headers_are_shown()
    {
        Assert.Equal(200, (await world.SendAsync("/heads/continue", null, ("Accept", "a/b"), ("Cookie", "c"))).Status);
        Assert.Equal("""{"Accept": ["a/b"]}""", (await world.AskedAsync("/heads/")).GetProperty("headers").GetRawText());
    }

    /// <summary>It sees the real value, which its answer repeats, and no record does.</summary>
    [SkippableFact]
    public async Task A_server_behind_secrets_sees_them_and_is_not_believed_to_keep_them()
    {
        var (status, _, record) = await world.RecordAsync("/behind/annotate");
        Assert.Equal(200, status);
        Assert.Equal(GrpcWorld.Secret, (await world.AskedAsync("/behind/")).GetProperty("headers").GetProperty("Authorization")[0].GetString());
        Assert.Equal("""{"grpc.instance":"behind","grpc.withheld":1}""", GrpcWorld.Step(record).GetProperty("annotations").GetRawText());
    }

    [SkippableFact]
    public async Task Many_requests_are_asked_about_at_once()
    {
        var sending = Enumerable.Range(0, 300).Select(i => world.SendAsync("/plain/echo", $"body-{i}")).ToArray();
        var answers = await Task.WhenAll(sending).WaitAsync(Patience.Program);

        Assert.All(answers.Index(), a =>
        {
            Assert.True(a.Item.Status == 200, a.Item.Body);
            using var upstream = JsonDocument.Parse(a.Item.Body);
            Assert.Equal($"body-{a.Index}", upstream.RootElement.GetProperty("headers").GetProperty("X-Echo")[0].GetString());
        });
    }

    [SkippableFact]
    public async Task A_server_that_is_gone_is_found_again()
    {
        world.Require();
        var server = await GrpcWorld.StartServerAsync(world.Folder, null);
        var ports = GrpcWorld.PortsOf(server);
        await using var proxy = await GatewayProcess.StartAsync(world.Folder, ExampleProxy.Settings + $$"""
            transforms:
              - { name: allowlist, config: { domains: ["*.example.com"] } }
              - { name: grpc, config: { name: engine, target: "127.0.0.1:{{ports[0]}}", timeout: 5m } }
            """);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            Proxy = new System.Net.WebProxy($"http://{proxy.Listeners["tunnel"]}"),
            SslOptions = world.Folder.WorkloadTls("api.example.com"),
        });

        Assert.Equal(200, await StatusAsync(ports[3]));
        await server.DisposeAsync();
        Assert.Equal(502, await StatusAsync(ports[3]));
        await using var again = await GrpcWorld.StartServerAsync(world.Folder, ports[0]);
        var upstream = GrpcWorld.PortsOf(again)[3];
        Assert.True(await Patience.UntilAsync(async () => await StatusAsync(upstream) == 200));

        async Task<int> StatusAsync(int port)
        {
            using var response = await client.GetAsync(new Uri($"https://api.example.com:{port}/continue"));
            return (int)response.StatusCode;
        }
    }
}
