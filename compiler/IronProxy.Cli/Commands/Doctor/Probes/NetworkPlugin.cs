namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>
/// Which network plugin of Kubernetes gave a pod its network, by the routes and neighbours that it has. The plugin is what enforces network policies, or
/// does not. It is a guess: who must know asks the cluster.
/// </summary>
internal static class NetworkPlugin
{
    /// <summary>169.254.1.1, as /proc/net/route writes it. No plugin has a router there: something answers for it on the node.</summary>
    private const string NobodysRouter = "0101FEA9";

    private const string Unknown = "none that is known here";
    private const string Default = "00000000";
    private const string OneHost = "FFFFFFFF";

    /// <summary>What this process' network looks like; null outside of a pod.</summary>
    public static string? Read(Func<string, string?> environment)
    {
        if (environment("KUBERNETES_SERVICE_HOST") is null)
        {
            return null;
        }

        try
        {
            return Guess(File.ReadAllLines("/proc/net/route"), File.ReadAllLines("/proc/net/arp"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unknown; // A sandbox with a network of its own, such as gVisor's, has no such files.
        }
    }

    /// <summary>The guess.</summary>
    /// <param name="routes">/proc/net/route.</param>
    /// <param name="neighbours">/proc/net/arp.</param>
    public static string Guess(IEnumerable<string> routes, IEnumerable<string> neighbours)
    {
        var table = routes.Skip(1).Select(l => l.Split('\t', StringSplitOptions.TrimEntries)).Where(f => f.Length > 7).ToArray();
        if (table.FirstOrDefault(f => f[1] == Default && f[7] == Default) is not { } way)
        {
            return Unknown;
        }

        if (way[2] == NobodysRouter)
        {
            var neighbour = neighbours.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(f => f is ["169.254.1.1", _, _, _, ..]);
            return neighbour switch
            {
                // Felix gives this address to the node's end of each pod (projectcalico/calico: its FAQ).
                [_, _, _, "ee:ee:ee:ee:ee:ee", ..] => "Calico",
                [_, _, _, "12:34:56:78:9a:bc", ..] => "Azure CNI",

                // A neighbour that was written, not asked for (amazon-vpc-cni-k8s: docs/cni-proposal.md).
                [_, _, "0x6", ..] => "the VPC CNI of Amazon EKS",
                _ => Unknown,
            };
        }

        var others = table.Where(f => f != way).ToArray();
        return others switch
        {
            // The router is an address of the node, and nothing else is on the link.
            [[_, var host, Default, _, _, _, _, OneHost, ..]] when host == way[2] => "Cilium",
            _ when others.Any(f => f[1] == way[2] && f[7] == OneHost) => "a point-to-point plugin (kubenet, GKE)",
            [[_, _, Default, _, _, _, _, not OneHost, ..], ..] => "a bridge (flannel and others)",
            _ => Unknown,
        };
    }
}
