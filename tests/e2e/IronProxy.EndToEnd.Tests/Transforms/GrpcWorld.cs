using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>A proxy with grpc transforms of every kind, a server of them in Python, and the upstream behind it. The first segment of a path says which transform is asked.</summary>
public sealed class GrpcWorld : IAsyncLifetime
{
    /// <summary>Is seen by nobody but the upstream, and by the server of the transform behind secrets.</summary>
    public const string Secret = "canary-real-token";

    // Debian's own, which sees Debian's packages; another one may come first in PATH.
    private const string Python = "/usr/bin/python3";

    private BackgroundProcess? _server;
    private int _upstream;

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!; // Set with the server, as is the client.

    internal HttpClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var (exit, _, _) = File.Exists(Python) ? await CommandLine.RunAsync(Python, "-c", "import grpc, google.protobuf, subprocess; subprocess.run(['protoc', '--version'], check=True)") : (1, "", "");
        if (exit != 0)
        {
            return; // Each test says so.
        }

        using var certificates = new ClientCertificates(Folder);
        certificates.Issue("proxy");
        Folder.WriteUpstreamCertificate(["api.example.com", "engine.example.com"]);
        var ports = await StartServerAsync();
        _upstream = ports[3];
        Proxy = await GatewayProcess.StartAsync(Folder, Policy(ports), ("REAL_TOKEN", Secret));
        Client = new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{Proxy.Listeners["tunnel"]}"),
            SslOptions =
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Folder.CaFile) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        });
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
            Assert.DoesNotContain("canary-", Proxy.Output, StringComparison.Ordinal);
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Folder.Dispose();
    }

    /// <summary>Skips the test where the server cannot run.</summary>
    internal void Require() => Skip.If(_server is null, "gRPC or protobuf is not installed (Debian: python3-grpcio, python3-protobuf, protobuf-compiler)");

    /// <summary>Starts a server.</summary>
    /// <returns>Its ports: without TLS, with TLS, with certificates of clients, and that of the upstream.</returns>
    internal async Task<int[]> StartServerAsync(int? port = null)
    {
        _server = await StartServerAsync(Folder, port);
        return PortsOf(_server);
    }

    internal static Task<BackgroundProcess> StartServerAsync(ProxyFolder folder, int? port) => BackgroundProcess.StartAsync(
        [
            Python, Repository.Path("tests", "e2e", "stubs", "transform_server.py"), Repository.Path("schema"), folder.File("upstream.crt"), folder.File("upstream.key"), folder.File("clients.pem"),
            .. port is { } own ? [own.ToString(CultureInfo.InvariantCulture)] : (string[])[],
        ],
        line => line.StartsWith("ports ", StringComparison.Ordinal));

    internal static int[] PortsOf(BackgroundProcess server) => [.. server.Ready.Split(' ').Skip(1).Select(p => int.Parse(p, CultureInfo.InvariantCulture))];

    /// <summary>Sends a request to a path.</summary>
    internal async Task<(int Status, string Body, HttpResponseHeaders Headers)> SendAsync(string path, string? body = null, params (string Name, string Value)[] headers)
    {
        Require();
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, $"https://api.example.com:{_upstream}{path}") { Content = body is null ? null : new StringContent(body) };
        request.Headers.ConnectionClose = true; // So that each has the record of its tunnel beside its own.
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request).WaitAsync(Patience.Program);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    /// <summary>Sends a request, and takes its record.</summary>
    internal async Task<(int Status, string Body, JsonElement Record)> RecordAsync(string path, string? body = null)
    {
        Require();
        var mark = await Proxy.MarkAsync();
        var (status, text, _) = await SendAsync(path, body);
        return (status, text, (await Proxy.RecordsSinceAsync(mark, 2)).Single(r => r.GetProperty("audit").GetProperty("method").GetString() != "CONNECT"));
    }

    /// <summary>The next question that the server was asked about a path.</summary>
    internal async Task<JsonElement> AskedAsync(string path)
    {
        while (true)
        {
            using var question = JsonDocument.Parse(await _server!.NextLineAsync()); // Whoever asks has required it.
            if (question.RootElement.GetProperty("url").GetString()!.Contains(path, StringComparison.Ordinal))
            {
                return question.RootElement.Clone();
            }
        }
    }

    /// <summary>What a transform has recorded of a request, or of its response.</summary>
    internal static JsonElement Step(JsonElement record, string transforms = "request_transforms") =>
        record.GetProperty(transforms).EnumerateArray().Single(t => t.GetProperty("name").GetString() == "grpc" && t.TryGetProperty("annotations", out _));

    private static string Policy(int[] ports)
    {
        static string Grpc(string name, string target, string more = "") =>
            $$"""  - { name: grpc, config: { name: {{name}}, target: "{{target}}", rules: [{ host: api.example.com, paths: ["/{{name}}/*"] }], {{(more.Contains("timeout", StringComparison.Ordinal) ? "" : "timeout: 5m, ")}}{{more}} } }""" + "\n";

        var (plain, tls, mtls) = ($"127.0.0.1:{ports[0]}", $"engine.example.com:{ports[1]}", $"engine.example.com:{ports[2]}");
        return ExampleProxy.Settings.Replace("records:\n", "records:\n    - { name: \"engine.example.com\", type: A, value: \"127.0.0.1\" }\n", StringComparison.Ordinal) + """
            transforms:
              - { name: allowlist, config: { domains: ["*.example.com"] } }

            """
            + Grpc("plain", plain, "send_request_body: true, send_response_body: true")
            + Grpc("heads", plain, "allowed_headers: [accept]")
            + Grpc("late", plain, "timeout: 100ms")
            + Grpc("tls", tls, "tls: { enabled: true, ca_cert: upstream-ca.crt }")
            + Grpc("system", tls, "tls: { enabled: true }")
            + Grpc("other-ca", tls, "tls: { enabled: true, ca_cert: clients.pem }")
            + Grpc("other-name", $"127.0.0.1:{ports[1]}", "tls: { enabled: true, ca_cert: upstream-ca.crt }")
            + Grpc("mtls", mtls, "tls: { enabled: true, ca_cert: upstream-ca.crt, cert: proxy.crt, key: proxy.key }")
            + Grpc("no-certificate", mtls, "tls: { enabled: true, ca_cert: upstream-ca.crt }")
            + Grpc("away", "127.0.0.1:1")
            + Grpc("unresolved", "nowhere.invalid:9500", "tls: { enabled: true }")
            + Grpc("no-grpc", $"engine.example.com:{ports[3]}", "tls: { enabled: true, ca_cert: upstream-ca.crt }")
            + """  - { name: secrets, config: { secrets: [{ source: { type: env, var: REAL_TOKEN }, inject: { header: Authorization }, rules: [{ host: api.example.com }] }] } }""" + "\n"
            + Grpc("behind", plain);
    }
}
