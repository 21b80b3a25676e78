using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Deployments.Daytona;

/// <summary>A generated deployment, and the image that its Dockerfile makes. The world outside is trusted by the base image, as by a user's.</summary>
internal sealed class DaytonaImage
{
    public const string Placeholder = "proxy-placeholder-token";

    private const string Policy = $$"""
        dns:
          listen: ":8053"
          proxy_ip: "127.0.0.1"
          records:
            - { name: "api.example.com", type: A, value: "198.51.100.20" }
        proxy:
          http_listen: ":8080"
          https_listen: ":8443"
          upstream_deny_cidrs: ["169.254.0.0/16", "127.0.0.0/8", "::1/128"]
        tls: { ca_cert: "/etc/iron-proxy/ca.crt", ca_key: "/etc/iron-proxy/ca.key" }
        metrics: { listen: "127.0.0.1:9090" }
        transforms:
          - name: allowlist
            config: { domains: ["*.example.com"] }
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: API_KEY }
                  replace: { proxy_value: {{Placeholder}}, match_headers: [Authorization] }
                  rules: [{ host: "*.example.com" }]
        """;

    private static readonly Dictionary<(PodmanWorld, string), Task<DaytonaImage>> Built = [];

    private DaytonaImage(PodmanWorld world, string folder, string name) => (World, Folder, Name) = (world, folder, name);

    public PodmanWorld World { get; }

    /// <summary>What <c>ironc deploy</c> wrote.</summary>
    public string Folder { get; }

    public string Name { get; }

    /// <summary>The image of a kind of rules. It is built once.</summary>
    public static Task<DaytonaImage> OfAsync(PodmanWorld world, string firewall = "nftables")
    {
        lock (Built)
        {
            return Built.TryGetValue((world, firewall), out var built) ? built : Built[(world, firewall)] = BuildAsync(world, firewall);
        }
    }

    /// <summary>The same with something changed in it.</summary>
    public async Task<DaytonaImage> WithAsync(string name, string line)
    {
        var folder = World.NewFolder($"daytona-{name}");
        await File.WriteAllTextAsync(Path.Combine(folder, "Dockerfile"), $"FROM {Name}\nUSER root\n{line}\nUSER daytona\n");
        (await World.RunAsync($"{World.Podman} build --network host --tag localhost/daytona-{name}:test {folder}")).OutputOfSuccess();
        return new DaytonaImage(World, Folder, $"localhost/daytona-{name}:test");
    }

    private static async Task<DaytonaImage> BuildAsync(PodmanWorld world, string firewall)
    {
        var folder = world.NewFolder($"daytona-{firewall}");
        var policy = Path.Combine(folder, "proxy.yaml");
        await File.WriteAllTextAsync(policy, Policy);
        File.Copy(world.OutsideCertificate, Path.Combine(folder, "outside.crt"));
        await File.WriteAllTextAsync(Path.Combine(folder, "Dockerfile"), "FROM docker.io/library/debian:trixie-slim\nCOPY outside.crt /usr/local/share/ca-certificates/outside.crt\nRUN update-ca-certificates\n");
        var deployment = Path.Combine(folder, "deployment");
        var image = $"localhost/daytona-{firewall}:test";
        (await world.RunAsync($"""
            set -e
            {world.Podman} build --tag localhost/daytona-base:test {folder}
            {ProxyBinaries.Ironc} deploy --target daytona {policy} --output {deployment} \
                --set image=localhost/iron-proxy:test --set base=localhost/daytona-base:test --set firewall={firewall}
            ln -s {Repository.Path("tests", "e2e", "judges", "node_modules")} {deployment}/node_modules
            {world.Podman} build --network host --tag {image} {deployment}
            """)).OutputOfSuccess();
        return new DaytonaImage(world, deployment, image);
    }
}
