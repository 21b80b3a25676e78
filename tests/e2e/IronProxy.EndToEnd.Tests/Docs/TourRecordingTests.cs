using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;
using DemoOverlay = IronProxy.Cli.Commands.Demo.DemoOverlay;

namespace IronProxy.EndToEnd.Tests.Docs;

/// <summary>
/// Makes docs/tour/audit.jsonl: the policy in warn mode that docs/tour.md begins with, run by the real iron-proxy, and the
/// requests of a workload. UPDATE_SNAPSHOTS=1 writes it when anything but times and ports has changed.
/// </summary>
public sealed partial class TourRecordingTests : IDisposable
{
    private static readonly string Log = Repository.Path("docs", "tour", "audit.jsonl");

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private GatewayProcess _proxy = null!; // Set before a request is sent.
    private int _port;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_log_of_the_tour_is_what_the_proxy_records()
    {
        string[] names = ["api.github.com", "pypi.org", "telemetry.example.net"];
        await using var upstream = ScriptedUpstream.Start(_folder.UpstreamCertificate(names));
        _port = upstream.Port;
        var page = new ConsolePage(await File.ReadAllTextAsync(Repository.Path("docs", "tour.md")));
        var policy = DemoOverlay.Apply(page.File("proxy.yaml"), Overlay(names));
        await using var proxy = await GatewayProcess.StartAsync(_folder, policy, [("GITHUB_TOKEN", "of-the-tour")]);
        _proxy = proxy;

        await SendAsync("GET", "https://api.github.com/repos/octo/app");
        foreach (var number in (int[])[17, 18, 23])
        {
            await SendAsync("GET", $"https://api.github.com/repos/octo/app/pulls/{number}");
        }

        await SendAsync("POST", "https://api.github.com/repos/octo/app/issues/17/comments");
        await SendAsync("DELETE", "https://api.github.com/repos/octo/app/git/refs/heads/old");
        await SendAsync("GET", "https://api.github.com/repos/octo%5capp");
        foreach (var name in (string[])["attrs", "certifi", "click", "idna", "numpy", "packaging", "pip", "requests", "rich", "urllib3"])
        {
            await SendAsync("GET", $"https://pypi.org/simple/{name}/", tunnel: name == "attrs");
        }

        await SendAsync("GET", "https://pypi.org/simple/requests/");
        await SendAsync("POST", "https://telemetry.example.net/v2/events");
        await SendAsync("GET", "http://169.254.169.254/latest/meta-data/");

        string[] lines = [.. proxy.Records.Select(r => r.GetRawText().Replace($"\"port\":{_port},", "\"port\":443,", StringComparison.Ordinal))];
        Assert.All(lines, l => Assert.Empty(AuditLine.Validate(l)));
        var recorded = File.Exists(Log) ? await File.ReadAllLinesAsync(Log) : [];
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1" && !recorded.Select(Steady).SequenceEqual(lines.Select(Steady)))
        {
            await File.WriteAllLinesAsync(Log, lines);
            return;
        }

        Assert.Equal(recorded.Select(Steady), lines.Select(Steady));
    }

    /// <summary>Sections of the policy that depend on the machine. The upstream's free port stands for 443.</summary>
    private static string Overlay(string[] names) => $$"""
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "127.0.0.1"
          records: [{{string.Join(", ", names.Select(n => $"{{name: \"{n}\", type: A, value: \"127.0.0.1\"}}"))}}]
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          tunnel_listen: "127.0.0.1:0"
          upstream_deny_cidrs: ["169.254.0.0/16"]
        tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
        metrics: { listen: "127.0.0.1:0" }

        """;

    /// <summary>Sends a request and waits for its records, so that they come in the order of the requests.</summary>
    private async Task SendAsync(string method, string url, bool tunnel = false)
    {
        var target = new Uri(url);
        var tls = target.Scheme == "https";
        using var handler = new SocketsHttpHandler { SslOptions = _folder.WorkloadTls(target.Host), UseProxy = tunnel };
        if (tunnel)
        {
            handler.Proxy = new WebProxy($"http://{_proxy.Listeners["tunnel"]}");
        }
        else
        {
            handler.ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(_proxy.Listeners[tls ? "https" : "http"], cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        var mark = await _proxy.MarkAsync();
        using var client = new HttpClient(handler);
        var port = tls ? $":{_port.ToString(CultureInfo.InvariantCulture)}" : "";
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{target.Scheme}://{target.Host}{port}{url[(target.Scheme.Length + 3 + target.Host.Length)..]}");
        using var response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        await _proxy.RecordsSinceAsync(mark, tunnel ? 2 : 1);
    }

    /// <summary>A line without what differs from run to run, and without the hash, which a new plan format changes.</summary>
    private static string Steady(string line) => Changing().Replace(line, "");

    [GeneratedRegex("\"(time|remote_addr|duration_ms|plan_hash)\":(\"[^\"]*\"|[0-9.E-]+)")]
    private static partial Regex Changing();
}
