using System.Globalization;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Forwarding;

/// <summary>What tests of forwarding share: a client that sends bytes, and the record that they leave.</summary>
public abstract class ForwardingTest(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    internal ExampleProxy Example { get; } = example;

    internal static string Request(ScriptedUpstream upstream, string method, string path, string headers = "", string host = "api.example.com") =>
        $"{method} {path} HTTP/1.1\r\nHost: {host}:{upstream.Port}\r\n{headers}\r\n";

    internal async Task<RawClient> SendAsync(string request)
    {
        var client = await RawClient.ConnectAsync(Example.Proxy.Listeners["http"]);
        await client.SendAsync(request);
        return client;
    }

    /// <summary>Sends a request on a connection of its own and reads until the proxy closes it.</summary>
    internal async Task<string> AskAsync(string request)
    {
        await using var client = await SendAsync(request);
        return await client.ReadToEndAsync();
    }

    /// <summary>The only record of a test's upstream. Those of other tests may still be on their way.</summary>
    internal async Task<JsonElement> RecordAsync(int port)
    {
        using var limit = new CancellationTokenSource(Patience.Event);
        while (true)
        {
            await Example.Proxy.FenceAsync();
            var records = Example.Proxy.Records.Select(r => r.GetProperty("audit")).Where(a => Member(a, "port") == port.ToString(CultureInfo.InvariantCulture)).ToArray();
            if (records.Length > 0)
            {
                return Assert.Single(records);
            }

            await Task.Delay(20, limit.Token);
        }
    }

    internal static string Member(JsonElement audit, string name) => audit.TryGetProperty(name, out var value) ? value.ToString() : "absent";

    internal static void AssertRecord(JsonElement audit, string action, string outcome, string status, string upstreamStatus, string reason = "absent") =>
        Assert.Equal(
            (action, outcome, status, upstreamStatus, reason),
            (Member(audit, "action"), Member(audit, "outcome"), Member(audit, "status"), Member(audit, "upstream_status"), Member(audit, "reason")));
}
