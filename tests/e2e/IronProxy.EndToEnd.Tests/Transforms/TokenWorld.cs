using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>A proxy with tokens that a program of tests/e2e/stubs mints, which runs beside it. A scenario is a path of the API there, and one of the token endpoint.</summary>
public abstract class TokenWorld : IAsyncLifetime
{
    /// <summary>Every secret in the world has this in it, and so has what a server answers that must not be repeated.</summary>
    internal const string Canary = "canary";

    private BackgroundProcess _server = null!; // Set before any test runs, as is all below.

    internal ProxyFolder Folder { get; } = ProxyFolder.Create();

    internal GatewayProcess Proxy { get; private set; } = null!;

    internal HttpClient Client { get; private set; } = null!;

    internal int Port { get; private set; }

    /// <summary>The port of what is asked without TLS.</summary>
    internal int PlainPort { get; private set; }

    /// <summary>The key of assertions, in PEM.</summary>
    private protected string AssertionKey { get; private set; } = "";

    public virtual async Task InitializeAsync()
    {
        if (!Directory.Exists("/usr/lib/python3/dist-packages/jwt"))
        {
            return; // Each test says so.
        }

        using var key = RSA.Create(2048);
        AssertionKey = key.ExportPkcs8PrivateKeyPem();
        Folder.Write("assertion.pub", key.ExportSubjectPublicKeyInfoPem());
        var (certificate, certificateKey) = Folder.WriteUpstreamCertificate(["api.example.com", "login.example.com"]);
        _server = await BackgroundProcess.StartAsync(
            ["/usr/bin/python3", Repository.Path("tests", "e2e", "stubs", Server), certificate, certificateKey, Folder.File("assertion.pub"), .. ServerArguments],
            line => line.StartsWith("port ", StringComparison.Ordinal));
        var ports = _server.Ready.Split(' ');
        (Port, PlainPort) = (int.Parse(ports[1], CultureInfo.InvariantCulture), int.Parse(ports[2], CultureInfo.InvariantCulture));
        WriteKeys();
        Proxy = await GatewayProcess.StartAsync(Folder, Policy(), [.. Environment]);
        Client = NewClient(Proxy);
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
            RequireNoSecret(Proxy.Output);
        }

        Folder.Dispose();
    }

    /// <summary>Skips the test where the server cannot run.</summary>
    internal void Require() => Skip.If(_server is null, "PyJWT is not installed (Debian: python3-jwt)");

    /// <summary>The next line that the server said about a scenario.</summary>
    internal Task<string> AskedAsync(string scenario) => SaidAsync($"token {scenario} ");

    /// <summary>The next line of the server that begins like this.</summary>
    private protected async Task<string> SaidAsync(string beginning)
    {
        while (true)
        {
            var line = await _server.NextLineAsync();
            if (line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    /// <summary>What the API of a scenario answers.</summary>
    internal Task<string> GetAsync(string scenario, string? authorization = null)
    {
        Require();
        return GetAsync(Client, scenario, authorization);
    }

    /// <summary>The same for another client.</summary>
    private protected async Task<string> GetAsync(HttpClient client, string scenario, string? authorization = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://api.example.com:{Port}/{scenario}");
        request.Headers.ConnectionClose = true; // So that each has the record of its tunnel beside its own.
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await client.SendAsync(request).WaitAsync(Patience.Program);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    /// <summary>Lets the scenarios answer that wait for it.</summary>
    internal async Task ReleaseAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://api.example.com:{Port}/release");
        request.Headers.ConnectionClose = true; // As above: the next one is to have a tunnel of its own.
        using var response = await Client.SendAsync(request).WaitAsync(Patience.Program);
    }

    internal abstract string Policy(string more = "api.example.com");

    /// <summary>The program that mints, in tests/e2e/stubs, and is the API.</summary>
    private protected virtual string Server => "authorization_server.py";

    /// <summary>What it is told beside its certificate and the key of assertions.</summary>
    private protected virtual IEnumerable<string> ServerArguments => [];

    /// <summary>The proxy's environment.</summary>
    private protected abstract IEnumerable<(string Name, string Value)> Environment { get; }

    /// <summary>Writes what the policy names.</summary>
    private protected abstract void WriteKeys();

    /// <summary>Fails when a secret is in what a proxy said.</summary>
    private protected static void RequireNoSecret(string output)
    {
        Assert.DoesNotContain(Canary, output, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", output, StringComparison.Ordinal); // Signed tokens and assertions begin so.
    }

    /// <summary>A workload of a proxy of this folder.</summary>
    private protected HttpClient NewClient(GatewayProcess proxy) => new(new SocketsHttpHandler
    {
        Proxy = new WebProxy($"http://{proxy.Listeners["tunnel"]}"),
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
