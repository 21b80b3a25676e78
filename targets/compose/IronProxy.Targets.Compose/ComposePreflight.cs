using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Compose;

/// <summary>What is known to go wrong before anything is written.</summary>
internal static class ComposePreflight
{
    private const int RecommendedCaDays = 90;
    private const int MaxBridgeName = 15;
    private const int MaxPrefix = 29;

    /// <summary>Whether a layout can be made. Findings that are only errors of the policy are reported as well.</summary>
    public static bool Check(DeploymentRequest request)
    {
        CheckAddresses(request);
        foreach (var listener in request.Model.Listeners)
        {
            CheckListener(request, listener);
        }

        if (request.Options["workload_user"] == request.Options["user"])
        {
            request.Preflight.WorkloadIsProxy(request.Options.Number("user"));
        }

        if (request.Model.Listener(ListenerRole.Metrics) is null)
        {
            request.Preflight.NothingToAskForHealth();
        }

        if (request.Model.Ca is { } ca)
        {
            foreach (var (key, path) in new[] { ("tls.ca_cert", ca.Certificate), ("tls.ca_key", ca.Key) })
            {
                if (ContainerPaths.HidesFiles(ContainerPaths.FolderOf(path)))
                {
                    request.Preflight.CaFolderNotItsOwn(key, ContainerPaths.Absolute(path));
                }
            }

            if (request.Options.Number("ca_days") is > RecommendedCaDays and var days)
            {
                request.Preflight.CaLivesLong(days, RecommendedCaDays);
            }
        }

        return !request.Preflight.HasErrors;
    }

    private static void CheckAddresses(DeploymentRequest request)
    {
        if (request.Options["bridge"].Length > MaxBridgeName)
        {
            request.Preflight.BridgeNameTooLong(request.Options["bridge"], MaxBridgeName);
        }

        var subnet = IPNetwork.Parse(request.Options["subnet"]);
        var egress = IPNetwork.Parse(request.Options["egress_subnet"]);
        foreach (var (name, network) in new[] { ("subnet", subnet), ("egress_subnet", egress) })
        {
            if (network.BaseAddress.AddressFamily != AddressFamily.InterNetwork || network.PrefixLength > MaxPrefix)
            {
                request.Preflight.SubnetUnusable(name, request.Options[name]);
            }
        }

        if (subnet.Contains(egress.BaseAddress) || egress.Contains(subnet.BaseAddress))
        {
            request.Preflight.SubnetsOverlap(request.Options["subnet"], request.Options["egress_subnet"]);
        }

        if (request.Preflight.HasErrors)
        {
            return;
        }

        if (request.Model.ProxyIp is not { } text)
        {
            request.Preflight.NoDns();
            return;
        }

        var proxy = IPAddress.Parse(text);
        if (!subnet.Contains(proxy) || proxy.Equals(subnet.BaseAddress) || proxy.Equals(ComposeLayout.GatewayOf(subnet)) || proxy.Equals(ComposeLayout.BroadcastOf(subnet)))
        {
            request.Preflight.ProxyIpNotInSubnet(text, request.Options["subnet"], ComposeLayout.GatewayOf(subnet).ToString());
        }
    }

    private static void CheckListener(DeploymentRequest request, DeploymentListener listener)
    {
        if (listener.IsForWorkloads && listener.IsLoopbackOnly)
        {
            request.Preflight.ListenerUnreachable(listener.Key, listener.UsualPort ?? listener.Port);
        }
        else if (listener.UsualPort is { } expected && listener.Port != expected)
        {
            request.Preflight.PortNotTheUsual(listener.Key, listener.Port, expected);
        }
        else if (listener is { Role: ListenerRole.Management, IsLoopbackOnly: false })
        {
            request.Preflight.ManagementReachable(listener.Port);
        }
        else if (listener is { Role: ListenerRole.Metrics, IsLoopbackOnly: false })
        {
            request.Preflight.MetricsReachable(listener.Port);
        }
    }
}
