using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Ecs;

/// <summary>What is known to go wrong before anything is written.</summary>
internal static class EcsPreflight
{
    private const int RecommendedCaDays = 90;

    private const string Loopback = "127.0.0.1";

    /// <summary>Where every VPC has its resolver, whatever its addresses are.</summary>
    private static readonly string[] VpcResolvers = ["169.254.169.253", "fd00:ec2::253"];

    private static readonly IPNetwork[] PrivateNetworks =
        [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("fc00::/7")];

    /// <summary>Whether a layout can be made.</summary>
    public static bool Check(DeploymentRequest request)
    {
        if (request.Options["launch_type"] == "fargate")
        {
            request.Preflight.FargateCannotEnforce();
        }

        CheckOptions(request);
        if (request.Options["mode"] == "sidecar")
        {
            CheckSidecar(request);
        }
        else if (IsBridge(request.Options["bridge_address"]))
        {
            CheckNames(request);
            foreach (var listener in request.Model.Listeners.Where(l => l.IsForWorkloads))
            {
                CheckListener(request, listener);
            }
        }

        if (request.Model.Listener(ListenerRole.Metrics) is null)
        {
            request.Preflight.NothingToAskForHealth();
        }

        CheckSecrets(request);
        CheckTelemetry(request);
        CheckCa(request);
        return !request.Preflight.HasErrors;
    }

    private static void CheckOptions(DeploymentRequest request)
    {
        var (options, report) = (request.Options, request.Preflight);
        if (options["account"] is not { Length: 12 } account || !account.All(char.IsAsciiDigit))
        {
            report.OptionUnusable("account", options["account"], "the 12 digits of the account, such as 123456789012");
        }

        if (options["region"].Split('-').Length < 3 || options["region"].Any(char.IsAsciiLetterUpper))
        {
            report.OptionUnusable("region", options["region"], "a region such as eu-central-1");
        }

        if (options["bucket"] is not { Length: >= 3 and <= 63 } bucket || !bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') || bucket[0] is '-' or '.')
        {
            report.OptionUnusable("bucket", options["bucket"], "the name of an S3 bucket: 3 to 63 lower-case letters, digits, '-' and '.'");
        }

        if (options["name"].Length > 40 || options["name"].Contains('.', StringComparison.Ordinal))
        {
            report.OptionUnusable("name", options["name"], "at most 40 letters, digits, '-' and '_'");
        }

        if (options["mode"] == "daemon" && !options.Switch("firewall"))
        {
            report.OptionUnusable("firewall", "false", "mode=sidecar, which has rules in the task, or leave it at true: a daemon's rules are the instance's");
        }

        if (!IsBridge(options["bridge_address"]))
        {
            report.OptionUnusable("bridge_address", options["bridge_address"], "an IPv4 address, such as 172.17.0.1");
        }

        if (PortList.Read(options["serve_ports"]) is null)
        {
            report.OptionUnusable("serve_ports", options["serve_ports"], "numbers from 1 to 65535 with commas between them, such as 8000,8081");
        }

        if (options["kms_key"] is { Length: > 0 } key && (!key.StartsWith("arn:", StringComparison.Ordinal) || !key.Contains(":key/", StringComparison.Ordinal)))
        {
            report.OptionUnusable("kms_key", options["kms_key"], "the ARN of a key, such as arn:aws:kms:eu-central-1:123456789012:key/...");
        }
    }

    private static void CheckSidecar(DeploymentRequest request)
    {
        var (options, report) = (request.Options, request.Preflight);
        if (request.Model.ProxyIp is not { } proxyIp)
        {
            report.NoDns(Loopback);
        }
        else if (!IPAddress.TryParse(proxyIp, out var address) || !IPAddress.IsLoopback(address))
        {
            report.SidecarElsewhere(proxyIp);
        }

        CheckResolver(request);
        foreach (var listener in request.Model.Listeners.Where(l => l.IsForWorkloads && !EcsLayout.IsAny(l.Address.Address) && l.Address.Address != Loopback))
        {
            report.ListenerUnreachable(listener.Key, listener.Address.Address!, "", listener.Port); // It is not every address.
        }

        if (!options.Switch("firewall"))
        {
            report.SidecarWithoutFirewall();
        }

        if (options["user"] == options["workload_user"])
        {
            report.WorkloadIsTheProxysUser(options["user"]);
        }
    }

    private static bool IsBridge(string address) => IPAddress.TryParse(address, out var bridge) && bridge.AddressFamily == AddressFamily.InterNetwork;

    private static void CheckNames(DeploymentRequest request)
    {
        var bridge = request.Options["bridge_address"];
        if (request.Model.ProxyIp is not { } proxyIp)
        {
            request.Preflight.NoDns(bridge);
        }
        else if (proxyIp != bridge)
        {
            request.Preflight.ProxyIpNotTheBridges(proxyIp, bridge);
        }

        CheckResolver(request);
    }

    private static void CheckResolver(DeploymentRequest request)
    {
        if (request.Plan.Dns?.UpstreamResolver is { Address: { } resolver } && !VpcResolvers.Contains(resolver)
            && IPAddress.TryParse(resolver, out var address) && !PrivateNetworks.Any(n => n.Contains(address)))
        {
            request.Preflight.ResolverNotTheNetworks(resolver);
        }
    }

    private static void CheckListener(DeploymentRequest request, DeploymentListener listener)
    {
        var bridge = request.Options["bridge_address"];
        if (listener.UsualPort is { } expected && listener.Port != expected)
        {
            request.Preflight.PortNotTheUsual(listener.Key, bridge, listener.Port, expected);
        }
        else if (EcsLayout.IsAny(listener.Address.Address))
        {
            request.Preflight.ListenerOnAllAddresses(listener.Key, bridge, listener.Port);
        }
        else if (listener.Address.Address != bridge)
        {
            request.Preflight.ListenerUnreachable(listener.Key, listener.Address.Address!, bridge, listener.Port); // It is not every address.
        }
    }

    private static void CheckTelemetry(DeploymentRequest request)
    {
        var (options, report) = (request.Options, request.Preflight);
        foreach (var option in EcsTelemetry.WithoutCollector(options))
        {
            report.NoCollector(option);
        }

        if (EcsTelemetry.Read(options) is not { } telemetry)
        {
            return;
        }

        if (telemetry.Url is null)
        {
            report.CollectorUnusable();
        }
        else if (telemetry is { IsLocal: false, Url.Scheme: "http", Headers: not null })
        {
            report.HeadersInPlain();
        }

        if (telemetry.Headers is { } headers && !EcsSecrets.IsArn(headers))
        {
            report.HeadersNotAnArn();
        }

        if (!telemetry.HasKnownSignals)
        {
            report.OptionUnusable("otlp_signals", options["otlp_signals"], "logs, metrics or traces, each once, with commas between them");
        }

        if (telemetry.IsLocal && options["mode"] == "sidecar")
        {
            report.CollectorInTheTask();
        }
    }

    private static void CheckSecrets(DeploymentRequest request)
    {
        var secrets = EcsSecrets.Read(request.Options["secrets"]);
        foreach (var variable in request.Model.Variables.Where(v => secrets.ArnOf(v.Name) is null))
        {
            request.Preflight.SecretNotGiven(variable);
        }

        foreach (var (name, arn) in secrets.Entries)
        {
            if (!request.Model.Variables.Any(v => v.Name == name))
            {
                // A name that is none may be a piece of a value with a comma in it.
                request.Preflight.SecretNotAsked(name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : "something");
            }
            else if (!EcsSecrets.IsArn(arn))
            {
                request.Preflight.SecretNotAnArn(name);
            }
        }

        foreach (var file in request.Model.Files)
        {
            request.Preflight.SecretFile(file);
        }
    }

    private static void CheckCa(DeploymentRequest request)
    {
        if (request.Model.Ca is not { } ca)
        {
            return;
        }

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
}
