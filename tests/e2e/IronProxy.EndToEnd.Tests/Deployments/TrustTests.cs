using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.Targets.Workloads;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary>What deployments tell programs to trust, asked of the programs: each reaches a server whose certificate the CA signed, and without that none does.</summary>
[Collection(DockerCollection.Name)]
public sealed class TrustTests(DockerWorld world)
{
    private const string Fetch = """
        import java.net.URI;
        public class Fetch {
            public static void main(String[] arguments) throws Exception {
                URI.create(arguments[0]).toURL().openStream().readAllBytes();
            }
        }
        """;

    private const string Server = """
        import http.server, ssl, sys
        port, folder = int(sys.argv[1]), sys.argv[2]
        handler = lambda *a: http.server.SimpleHTTPRequestHandler(*a, directory=folder + "/www")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + "/leaf.crt", folder + "/leaf.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print("ready", flush=True)
        server.serve_forever()
        """;

    /// <summary>The CA and what is to be trusted, as the image makes it for containers.</summary>
    [SkippableFact]
    public async Task Programs_trust_what_the_image_makes()
    {
        world.Require();
        Require();
        var folder = world.NewFolder("trust-image");
        (await world.RunAsync(
            $"""
            mkdir ca trust && docker run --rm --network none --user 0 --volume {folder}/ca:/certs --volume {folder}/trust:/trust \
                --env IRON_CA_CERT=/certs/ca.crt --env IRON_CA_KEY=/certs/ca.key --env IRON_TRUST_DIR=/trust --entrypoint iron-proxy-ca localhost/iron-proxy:test
            """,
            folder)).OutputOfSuccess();

        await AssertTrustedAsync(folder, [.. TrustVariable.In($"{folder}/trust").Select(v => $"{v.Name}={v.Value}")]);
    }

    /// <summary>The same as install.sh makes it on a host, and in sandboxes, VMs and runners.</summary>
    [SkippableFact]
    public async Task Programs_trust_what_a_host_makes()
    {
        world.Require();
        Require();
        var folder = world.NewFolder("trust-host");
        (await world.RunAsync(
            $$"""
            set -e
            {{ProxyBinaries.Ironc}} deploy --target baremetal {{Repository.Path("samples", "ai-agent", "proxy.yaml")}} -o host
            mkdir ca
            for function in put make_ca make_bundle; do sed -n "/^$function() {/,/^}/p" host/install.sh; done | sed "s#/etc/iron-proxy/#{{folder}}/ca/#g" > functions.sh
            config={{folder}}/ca programs={{ProxyBinaries.Folder}} proxy_user=root root=""
            say() { :; }
            . ./functions.sh
            make_ca
            make_bundle
            sed "s#/etc/iron-proxy/#$config/#g" host/profile/workload.env | grep '=' | tr -d '"' > environment
            """,
            folder)).OutputOfSuccess();

        await AssertTrustedAsync(folder, await File.ReadAllLinesAsync(Path.Combine(folder, "environment")));
    }

    private static void Require()
    {
        foreach (var (tool, package) in new[] { ("curl", "curl"), ("node", "nodejs"), ("git", "git"), ("java", "default-jdk-headless"), ("keytool", "default-jdk-headless") })
        {
            CommandLine.Require(tool, package);
        }
    }

    private async Task AssertTrustedAsync(string folder, IReadOnlyList<string> trust)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "Fetch.java"), Fetch);
        (await world.RunAsync(
            """
            set -e
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -subj /CN=localhost -out leaf.csr 2> /dev/null
            openssl x509 -req -in leaf.csr -CA ca/ca.crt -CAkey ca/ca.key -days 2 -extfile <(echo subjectAltName=DNS:localhost) -out leaf.crt 2> /dev/null
            mkdir -p www && git init --quiet --bare www/repository.git && git -C www/repository.git update-server-info
            """,
            folder)).OutputOfSuccess();
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using var server = await BackgroundProcess.StartAsync(["/usr/bin/python3", "-c", Server, port.ToString(CultureInfo.InvariantCulture), folder], "ready");
        var url = $"https://localhost:{port}/";
        foreach (var command in new[]
        {
            $"curl -sS -o /dev/null {url}",
            $"/usr/bin/python3 -c 'import urllib.request; urllib.request.urlopen(\"{url}\").read()'",
            $"node -e 'fetch(\"{url}\").then(r => r.text()).catch(e => {'{'} console.error(e.cause); process.exit(1) {'}'})'",
            $"git ls-remote {url}repository.git",
            $"java {folder}/Fetch.java {url}",
        })
        {
            // An environment that has nothing else: the machine may tell programs of a CA as well.
            var clean = $"env -i PATH=\"$PATH\" HOME={folder}";
            var trusted = await world.RunAsync($"{clean} {string.Join(' ', trust.Select(v => $"'{v}'"))} {command}", folder);
            Assert.True(trusted.ExitCode == 0, $"{command}: {trusted.Output}");
            Assert.True((await world.RunAsync($"{clean} {command}", folder)).ExitCode != 0, command);
        }
    }
}
