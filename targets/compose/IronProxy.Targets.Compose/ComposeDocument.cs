using System.Globalization;
using IronProxy.Targets.Documents;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Compose;

/// <summary>compose.yaml, in the part of the Compose specification that docker-compose 1.29 reads as well.</summary>
internal static class ComposeDocument
{
    public static YamlMap Create(ComposeLayout layout, DeploymentModel model)
    {
        var services = new YamlMap();
        if (model.Ca is { } ca)
        {
            services.Add("ca", Ca(layout, ca), "Makes the CA before the proxy starts, from the same image and without a network. It has no capability: the key belongs\nto root and is readable to the proxy's group.");
        }

        services.Add("proxy", Proxy(layout, model), "The only service with real secrets, and the only one that is on the network egress.");
        if (layout.IsFiltered)
        {
            services.Add("guard", Guard(layout), "Fails, and with it the start of the workload, while the rules of firewall.sh are not there.");
        }

        services.Add("workload", Workload(layout, model), "Replace image and command in compose.override.yaml. What is here is what keeps it in: leave it.");
        var document = new YamlMap { { "services", services }, { "networks", Networks(layout) } };
        if (model.Ca is not null || !model.WrittenFiles.IsEmpty)
        {
            document.Add("volumes", Volumes(model));
        }

        return document;
    }

    private static YamlMap Ca(ComposeLayout layout, CaPaths ca)
    {
        var service = new YamlMap
        {
            { "image", layout.Image },
            { "entrypoint", new YamlList(["iron-proxy-ca"]) },
            { "command", new YamlList() },
            { "user", $"0:{layout.User}" },
            { "network_mode", "none" },
            {
                "environment", new YamlMap
                {
                    { "IRON_CA_CERT", ContainerPaths.Absolute(ca.Certificate) },
                    { "IRON_CA_KEY", ContainerPaths.Absolute(ca.Key) },
                    { "IRON_CA_DAYS", layout.CaDays.ToString(CultureInfo.InvariantCulture) },
                    { "IRON_TRUST_DIR", ContainerPaths.TrustFolder },
                }
            },
            { "volumes", new YamlList([.. CaMounts(ca, isReadOnly: false), Volume("trust", ContainerPaths.TrustFolder, isReadOnly: false)]) },
        };
        Harden(service);
        service.Add("restart", "no");
        return service;
    }

    private static YamlMap Proxy(ComposeLayout layout, DeploymentModel model)
    {
        var service = new YamlMap
        {
            { "image", layout.Image },
            { "command", new YamlList(["-plan", $"{ContainerPaths.WorkingFolder}/proxy.plan.json"]) },
            { "user", ContainerPaths.UserAndGroup(layout.User) },
        };
        if (model.Ca is not null)
        {
            service.Add("depends_on", new YamlMap { { "ca", Condition("service_completed_successfully") } });
        }

        if (!model.Variables.IsEmpty)
        {
            service.Add("env_file", new YamlList([".env"]), "Real values: copy .env.example to .env. Without it nothing starts.");
        }

        var volumes = new YamlList { Bind("./proxy.plan.json", $"{ContainerPaths.WorkingFolder}/proxy.plan.json") };
        foreach (var mount in model.Ca is { } ca ? CaMounts(ca, isReadOnly: true) : [])
        {
            volumes.Add(mount);
        }

        foreach (var file in model.Files)
        {
            volumes.Add(Bind($"./{ComposeLayout.LocalFile(file.Name)}", ContainerPaths.Absolute(file.Name)));
        }

        if (!model.WrittenFiles.IsEmpty)
        {
            volumes.Add(Volume("state", ContainerPaths.StateFolder, isReadOnly: false));
        }

        service.Add("volumes", volumes);
        service.Add("networks", new YamlMap { { "workloads", new YamlMap { { "ipv4_address", layout.ProxyIp } } }, { "egress", new YamlMap() } });
        service.Add("sysctls", new YamlMap { { "net.ipv4.ip_unprivileged_port_start", "0" }, { "net.ipv4.ip_forward", "0" } }, "Ports below 1024 without a capability; and nothing is forwarded between the two networks.");
        Harden(service);
        service.Add("healthcheck", new YamlMap
        {
            { "test", new YamlList(["CMD", "iron-proxy-health"]) },
            { "interval", "2s" },
            { "timeout", "5s" },
            { "retries", 15 },
        });
        service.Add("environment", new YamlMap { { "IRON_PROXY_HEALTH_PORT", layout.HealthPort.ToString(CultureInfo.InvariantCulture) } });
        service.Add("stop_grace_period", "35s");
        service.Add("restart", "unless-stopped");
        service.Add("logging", new YamlMap { { "driver", "json-file" }, { "options", new YamlMap { { "max-size", "50m" }, { "max-file", "5" } } } }, "Audit records: docker compose logs proxy.");
        return service;
    }

    private static YamlMap Guard(ComposeLayout layout)
    {
        var service = new YamlMap
        {
            { "image", layout.Image },
            { "entrypoint", new YamlList(["bash", "/guard.sh"]) },
            { "command", new YamlList() },
            { "user", ContainerPaths.UserAndGroup(layout.WorkloadUser) },
            { "volumes", new YamlList { Bind("./guard.sh", "/guard.sh") } },
            { "networks", new YamlMap { { "workloads", new YamlMap() } } },
        };
        Harden(service);
        service.Add("restart", "no");
        return service;
    }

    private static YamlMap Workload(ComposeLayout layout, DeploymentModel model)
    {
        var needs = new YamlMap { { "proxy", Condition("service_healthy") } };
        if (layout.IsFiltered)
        {
            needs.Add("guard", Condition("service_completed_successfully"));
        }

        var service = new YamlMap
        {
            { "image", layout.WorkloadImage },
            { "command", new YamlList(["sleep", "infinity"]) },
            { "init", true },
            { "user", ContainerPaths.UserAndGroup(layout.WorkloadUser) },
            { "depends_on", needs },
            { "dns", new YamlList([layout.ProxyIp]) },
            { "dns_search", new YamlList(["."]) },
            { "networks", new YamlMap { { "workloads", new YamlMap() } } },
        };
        if (model.Ca is not null)
        {
            service.Add("environment", TrustVariables());
            service.Add("volumes", new YamlList { Volume("trust", ContainerPaths.TrustFolder, isReadOnly: true) });
        }

        service.Add("sysctls", new YamlMap { { "net.ipv6.conf.all.disable_ipv6", "1" }, { "net.ipv6.conf.default.disable_ipv6", "1" } });
        Harden(service);
        service.Add("restart", "unless-stopped");
        return service;
    }

    private static YamlMap TrustVariables()
    {
        var variables = new YamlMap();
        foreach (var variable in TrustVariable.In(ContainerPaths.TrustFolder))
        {
            variables.Add(variable.Name, variable.Value, variable.Reader);
        }

        return variables;
    }

    private static YamlMap Networks(ComposeLayout layout)
    {
        var workloads = new YamlMap();
        if (layout.IsFiltered)
        {
            // Docker takes the gateway of the network whose name comes first: egress, before workloads.
            workloads.Add("name", $"{layout.Bridge}-workloads");
        }
        else
        {
            workloads.Add("internal", true);
        }

        workloads.Add("driver", "bridge");
        workloads.Add("enable_ipv6", false);
        var driver = new YamlMap { { "com.docker.network.bridge.name", layout.Bridge } };
        if (!layout.IsFiltered)
        {
            driver.Add("com.docker.network.bridge.inhibit_ipv4", "true", "The host has no address on it, so its own services cannot be reached either.");
        }

        workloads.Add("driver_opts", driver);
        workloads.Add("ipam", new YamlMap { { "config", new YamlList { new YamlMap { { "subnet", layout.Subnet }, { "gateway", layout.Gateway }, { "ip_range", layout.DynamicRange, "The proxy's address is in the other half, so that no container can be given it." } } } } });
        var egress = new YamlMap();
        if (layout.IsFiltered)
        {
            egress.Add("name", $"{layout.Bridge}-egress");
        }

        egress.Add("driver", "bridge");
        egress.Add("enable_ipv6", false);
        egress.Add("ipam", new YamlMap { { "config", new YamlList { new YamlMap { { "subnet", layout.EgressSubnet } } } } });
        return new YamlMap
        {
            { "workloads", workloads, layout.IsFiltered ? "Containers of others may be on it, too: the host's rules hold for all of them." : "Internal: there is no route out of it." },
            { "egress", egress, "Never put a workload on it." },
        };
    }

    private static YamlMap Volumes(DeploymentModel model)
    {
        var volumes = new YamlMap();
        if (model.Ca is { } ca)
        {
            volumes.Add("ca", new YamlMap(), "The CA and its key: for ca and proxy only.");
            if (ContainerPaths.FolderOf(ca.Certificate) != ContainerPaths.FolderOf(ca.Key))
            {
                volumes.Add("ca-key", new YamlMap());
            }

            volumes.Add("trust", new YamlMap(), "Certificates for workloads, without the key.");
        }

        if (!model.WrittenFiles.IsEmpty)
        {
            volumes.Add("state", new YamlMap(), "Rotated refresh tokens: for proxy only. Those before them are worth nothing any more.");
        }

        return volumes;
    }

    private static IEnumerable<YamlMap> CaMounts(CaPaths ca, bool isReadOnly)
    {
        yield return Volume("ca", ContainerPaths.FolderOf(ca.Certificate), isReadOnly);
        if (ContainerPaths.FolderOf(ca.Certificate) != ContainerPaths.FolderOf(ca.Key))
        {
            yield return Volume("ca-key", ContainerPaths.FolderOf(ca.Key), isReadOnly);
        }
    }

    private static void Harden(YamlMap service)
    {
        service.Add("read_only", true);
        service.Add("tmpfs", new YamlList(["/tmp"]));
        service.Add("cap_drop", new YamlList(["ALL"]));
        service.Add("security_opt", new YamlList(["no-new-privileges:true"]));
    }

    private static YamlMap Condition(string condition) => new() { { "condition", condition } };

    private static YamlMap Volume(string name, string target, bool isReadOnly) => Mount("volume", name, target, isReadOnly);

    private static YamlMap Bind(string source, string target) => Mount("bind", source, target, isReadOnly: true);

    private static YamlMap Mount(string type, string source, string target, bool isReadOnly)
    {
        var mount = new YamlMap { { "type", type }, { "source", source }, { "target", target } };
        if (isReadOnly)
        {
            mount.Add("read_only", true);
        }

        return mount;
    }
}
