using System.Net;
using IronProxy.Plan;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.K8s;

/// <summary>What would not work in a cluster.</summary>
internal static class K8sPreflight
{
    /// <summary>A config map holds 1 MiB (etcd's limit for an object, less what is around the data).</summary>
    private const int MaxPlanBytes = 1_000_000;

    public static void Check(DeploymentRequest request)
    {
        var (model, report) = (request.Model, request.Preflight);
        var isSidecar = request.Options["mode"] == "sidecar";
        if (isSidecar)
        {
            CheckSidecar(request);
        }
        else
        {
            CheckNetworkProxy(request);
        }

        if (request.PlanJson.Length > MaxPlanBytes)
        {
            report.PlanTooLarge(request.PlanJson.Length, MaxPlanBytes);
        }

        foreach (var listener in model.Listeners.Where(l => l.IsLoopbackOnly && ((l.IsForWorkloads && !isSidecar) || l.Role == ListenerRole.Metrics)))
        {
            report.ListenerUnreachable(listener.Key, listener.Address.ToString(), isSidecar ? listener.UsualPort ?? listener.Port : listener.Port);
        }

        if (model.Listener(ListenerRole.Metrics) is null)
        {
            report.NoProbes();
        }

        if (request.Options.Switch("service_monitor") && model.Listener(ListenerRole.Metrics) is null)
        {
            report.NothingToMonitor();
        }

        if (ProxyResolvers.Given(request) is null)
        {
            report.NotAddresses("node_resolvers", request.Options["node_resolvers"], "169.254.169.254");
        }

        CheckApi(request, isSidecar);
        CheckPaths(request);
        CheckBaseNames(request);
        foreach (var option in (string[])["namespace", "workload_namespace", "monitoring_namespace"])
        {
            if (!IsLabel(request.Options[option]))
            {
                report.NotALabel(option, request.Options[option]);
            }
        }

        if (!isSidecar && request.Options["namespace"] == request.Options["workload_namespace"])
        {
            report.OneNamespace(request.Options["namespace"]);
        }
    }

    private static void CheckApi(DeploymentRequest request, bool isSidecar)
    {
        if (ApiAccess.Servers(request) is not { } servers)
        {
            request.Preflight.NotAddresses("api_server", request.Options["api_server"], "192.168.1.10:6443");
        }
        else if (ApiAccess.IsNeeded(request) && isSidecar)
        {
            request.Preflight.ApiCannotBeAsked("a pod has one service account, so that whatever runs in the workload's pod could be given what reads the Secrets", "mount the Secret for the proxy with the source file, or deploy with --set mode=network");
        }
        else if (ApiAccess.IsNeeded(request) && servers.Length == 0 && request.Options.Switch("network_policy") && ProxyResolvers.DeniedWithServers(request) is { } network)
        {
            request.Preflight.ApiCannotBeAsked($"nothing opens the API server for the proxy, which may not reach {network}", "set the option api_server to what 'kubectl get endpoints kubernetes' shows");
        }
    }

    private static void CheckNetworkProxy(DeploymentRequest request)
    {
        var (address, report) = (request.Model.ProxyIp, request.Preflight);
        if (address is null)
        {
            report.ServiceAddressMissing();
        }
        else if (IsNoServiceAddress(address))
        {
            report.ServiceAddressImpossible(address);
        }

        if (!request.Options.Switch("network_policy"))
        {
            report.NothingEnforces("without network policies it can go around the proxy");
        }

        if (ProxyResolvers.MayHide(request) is { } network)
        {
            report.ResolverMayBeClosed(network);
        }

        if (request.Options["cni"] == "vpc")
        {
            report.PoliciesComeLate();
            foreach (var listener in request.Model.Listeners.Where(l => l.IsForWorkloads && l.UsualPort is { } usual && usual != l.Port))
            {
                report.PortIsTranslated(listener.Key, listener.Port, listener.UsualPort!.Value); // Filtered.
            }
        }
    }

    private static void CheckSidecar(DeploymentRequest request)
    {
        var (model, report) = (request.Model, request.Preflight);
        if (model.ProxyIp is null || !IPAddress.TryParse(model.ProxyIp, out var address) || !IPAddress.IsLoopback(address))
        {
            report.SidecarElsewhere(model.ProxyIp);
        }

        if (request.Plan.Dns is { Listen: not null, UpstreamResolver: null })
        {
            report.SidecarAsksItself();
        }

        foreach (var (role, port) in ((ListenerRole, int)[])[(ListenerRole.Dns, 53), (ListenerRole.Http, 80), (ListenerRole.Https, 443)])
        {
            if (model.Listener(role) is { } listener && listener.Port != port)
            {
                report.SidecarOnOddPort(listener.Key, listener.Port, port);
            }
        }

        if (PortList.Read(request.Options["egress_ports"]) is not { Length: > 0 })
        {
            report.NotPorts("egress_ports", request.Options["egress_ports"]);
        }

        if (PortList.Read(request.Options["serve_ports"]) is null)
        {
            report.NotPorts("serve_ports", request.Options["serve_ports"]);
        }

        switch (request.Options.Switch("firewall"), request.Options.Switch("network_policy"))
        {
            case (false, false):
                report.NothingEnforces("a sidecar without a network policy and without rules in the pod does not enforce");
                break;
            case (false, true):
                report.SidecarWithoutFirewall();
                break;
            case (true, false):
                report.SidecarWithoutPolicy();
                break;
            default:
                break;
        }
    }

    private static void CheckPaths(DeploymentRequest request)
    {
        var (model, report) = (request.Model, request.Preflight);
        if (model.Ca is { } ca)
        {
            foreach (var (key, path) in ((string, string)[])[("tls.ca_cert", ca.Certificate), ("tls.ca_key", ca.Key)])
            {
                if (!CanBeMounted(path))
                {
                    report.PathCannotBeMounted(key, path);
                }
            }

            if (ContainerPaths.FolderOf(ca.Certificate) != ContainerPaths.FolderOf(ca.Key))
            {
                report.CaInTwoFolders(ca.Certificate, ca.Key);
            }
        }

        foreach (var file in model.Files.Where(f => !CanBeMounted(f.Name) || ContainerPaths.FolderOf(f.Name) == (model.Ca is { } c ? ContainerPaths.FolderOf(c.Certificate) : "")))
        {
            report.SecretFileCannotBeMounted(file);
        }
    }

    /// <summary>The keys of the secret are base names, so two files of one name would get one value: a secret could go where another belongs.</summary>
    private static void CheckBaseNames(DeploymentRequest request)
    {
        foreach (var files in request.Model.Files.GroupBy(f => K8sNames.BaseName(f.Name), StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            request.Preflight.FilesShareAName(files.Last(), files.First().Name);
        }
    }

    /// <summary>A file in a folder of its own: what else is in the folder is hidden by the mount.</summary>
    private static bool CanBeMounted(string path) =>
        path.StartsWith('/') && !path.Split('/').Contains("..")
        && ContainerPaths.FolderOf(path) is not K8sNames.PlanFolder and var folder && !ContainerPaths.HidesFiles(folder)
        && K8sNames.BaseName(path) is { Length: > 0 and <= 253 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsNoServiceAddress(string text) =>
        IPAddress.TryParse(text, out var address)
        && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    /// <summary>RFC 1123, section 2.1, as Kubernetes asks for in names of namespaces.</summary>
    private static bool IsLabel(string name) =>
        name.Length is > 0 and <= 63 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && name[^1] != '-';
}
