using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.Plan;
using IronProxy.Targets.Model;
using IronProxy.Targets.Workloads;

namespace IronProxy.Targets.Ecs;

/// <summary>Task definitions, in the shape that RegisterTaskDefinition takes.</summary>
internal static class TaskDefinitions
{
    private const string CaVolume = "iron-proxy-ca";
    private const string CaKeyVolume = "iron-proxy-ca-key";
    /// <summary>The volume with what workloads trust.</summary>
    public const string TrustVolume = "iron-proxy-trust";
    /// <summary>The proxy's container.</summary>
    public const string ProxyName = "iron-proxy";
    private const string CaName = "ca";

    /// <summary>Longer than the 30 seconds in which the proxy lets requests end.</summary>
    private const int StopSeconds = 35;

    private const int OpenFiles = 65536;

    /// <summary>One proxy for an instance. Its network is the instance's, so that no address on the bridge needs a way out.</summary>
    public static JsonObject Daemon(EcsLayout layout, DeploymentModel model, string policyHash)
    {
        var containers = new JsonArray();
        if (model.Ca is { } ca)
        {
            containers.Add(Ca(layout, ca));
        }

        containers.Add(Proxy(layout, model, policyHash));
        var task = new JsonObject
        {
            ["family"] = layout.Name,
            ["networkMode"] = "host",
            ["requiresCompatibilities"] = new JsonArray("EC2"),
            ["executionRoleArn"] = layout.RoleArn(layout.ExecutionRole),
            ["taskRoleArn"] = layout.RoleArn(layout.TaskRole),
            ["placementConstraints"] = OnClosedInstances(),
            ["containerDefinitions"] = containers,
        };
        if (model.Ca is not null)
        {
            task["volumes"] = new JsonArray([.. Volumes(model.Ca).Select(v => (JsonNode)Volume(v.Name, v.OnHost))]);
        }

        return task;
    }

    /// <summary>Neither the proxy nor a workload is placed on an instance that has not said that it is closed: its user data does, at its end.</summary>
    public static JsonArray OnClosedInstances() => new(new JsonObject { ["type"] = "memberOf", ["expression"] = ClosedExpression });

    /// <summary>The same for a list of instances.</summary>
    public static string ClosedExpression => $"attribute:{EcsLayout.ClosedAttribute} == true";

    /// <summary>What a task definition of a workload needs, to be merged into it.</summary>
    public static JsonObject WorkloadPatch(EcsLayout layout, DeploymentModel model)
    {
        var container = Workload(layout, model, ("dnsServers", new JsonArray(layout.BridgeAddress)), ("dnsSearchDomains", new JsonArray(".")));
        var patch = new JsonObject { ["networkMode"] = "bridge", ["requiresCompatibilities"] = new JsonArray("EC2"), ["placementConstraints"] = OnClosedInstances(), ["containerDefinitions"] = new JsonArray(container) };
        if (model.Ca is not null)
        {
            patch["volumes"] = new JsonArray(Volume(TrustVolume, EcsLayout.TrustOnHost));
        }

        return patch;
    }

    /// <summary>A task that is wired like a workload, and tries to get out.</summary>
    public static JsonObject Doctor(EcsLayout layout, DeploymentModel model)
    {
        var task = new JsonObject { ["family"] = $"{layout.Name}-doctor", ["executionRoleArn"] = layout.RoleArn(layout.ExecutionRole) };
        foreach (var (key, value) in WorkloadPatch(layout, model))
        {
            task[key] = value?.DeepClone();
        }

        string[] protectedOnHost = model.Ca is null ? [] : ["--protected", EcsLayout.CaOnHost];
        AttackFrom(task["containerDefinitions"]![0]!.AsObject(), layout, model, ["--resolver", layout.BridgeAddress], protectedOnHost); // Made above.
        return task;
    }

    /// <summary>The container of a workload, without what its owner alone knows; some keys come first.</summary>
    public static JsonObject Workload(EcsLayout layout, DeploymentModel model, params IEnumerable<(string Key, JsonNode Value)> first)
    {
        var container = new JsonObject();
        foreach (var (key, value) in first)
        {
            container[key] = value;
        }

        container["user"] = ContainerPaths.UserAndGroup(layout.WorkloadUser);
        container["linuxParameters"] = new JsonObject { ["capabilities"] = DropAll() };
        container["dockerSecurityOptions"] = new JsonArray("no-new-privileges");
        if (model.Ca is not null)
        {
            container["environment"] = Environment([.. TrustVariable.In(ContainerPaths.TrustFolder).Select(v => (v.Name, v.Value))]);
            container["mountPoints"] = new JsonArray(Mount(TrustVolume, ContainerPaths.TrustFolder, isReadOnly: true));
        }

        return container;
    }

    /// <summary>Lets ironc doctor be what runs in the container of a workload.</summary>
    public static void AttackFrom(JsonObject workload, EcsLayout layout, DeploymentModel model, string[] first, string[] last)
    {
        string[] ca = model.Ca is { } paths ? ["--ca", $"{ContainerPaths.TrustFolder}/ca.crt", "--protected", ContainerPaths.Absolute(paths.Key)] : [];
        workload.Insert(0, "name", "doctor");
        workload.Insert(1, "image", layout.Image);
        workload.Insert(2, "essential", true);
        workload.Insert(3, "memory", layout.MemoryMiB);
        workload.Insert(4, "entryPoint", new JsonArray("ironc"));
        workload.Insert(5, "command", new JsonArray([.. ((string[])["doctor", .. first, .. ca, .. last]).Select(a => (JsonNode)a)]));
        workload["readonlyRootFilesystem"] = true;
        workload["logConfiguration"] = Logs(layout, "doctor");
    }

    /// <summary>The volumes with the CA and with what workloads trust, and where they are on an instance.</summary>
    public static IEnumerable<(string Name, string OnHost)> Volumes(CaPaths ca) =>
        ContainerPaths.FolderOf(ca.Certificate) == ContainerPaths.FolderOf(ca.Key)
            ? [(CaVolume, EcsLayout.CaOnHost), (TrustVolume, EcsLayout.TrustOnHost)]
            : [(CaVolume, EcsLayout.CaOnHost), (CaKeyVolume, EcsLayout.CaKeyOnHost), (TrustVolume, EcsLayout.TrustOnHost)];

    /// <summary>Makes the CA before the proxy starts. It has no capability: the key belongs to root and is readable to the proxy's group.</summary>
    public static JsonObject Ca(EcsLayout layout, CaPaths ca)
    {
        var container = new JsonObject
        {
            ["name"] = CaName,
            ["image"] = layout.Image,
            ["essential"] = false,
            ["memory"] = 128,
            ["entryPoint"] = new JsonArray("iron-proxy-ca"),
            ["user"] = $"0:{layout.User}",
            ["environment"] = Environment(
                ("IRON_CA_CERT", ContainerPaths.Absolute(ca.Certificate)),
                ("IRON_CA_KEY", ContainerPaths.Absolute(ca.Key)),
                ("IRON_CA_DAYS", layout.CaDays.ToString(CultureInfo.InvariantCulture)),
                ("IRON_TRUST_DIR", ContainerPaths.TrustFolder)),
            ["mountPoints"] = new JsonArray([.. CaMounts(ca, isReadOnly: false), Mount(TrustVolume, ContainerPaths.TrustFolder, isReadOnly: false)]),
        };
        Harden(container);
        container["logConfiguration"] = Logs(layout, "ca");
        return container;
    }

    /// <summary>The proxy, as a daemon or as a sidecar.</summary>
    public static JsonObject Proxy(EcsLayout layout, DeploymentModel model, string policyHash)
    {
        var container = new JsonObject
        {
            ["name"] = ProxyName,
            ["image"] = layout.Image,
            ["essential"] = true,
            ["memory"] = layout.MemoryMiB,
            ["command"] = new JsonArray("-plan", $"s3://{layout.Bucket}/{layout.PlanKey}", "-plan-hash", layout.PlanSha256),
            ["user"] = ContainerPaths.UserAndGroup(layout.User),
            ["environment"] = Environment(
            [
                ("AWS_REGION", layout.Region),
                ("IRON_PROXY_HEALTH_HOST", layout.HealthHost),
                ("IRON_PROXY_HEALTH_PORT", layout.HealthPort.ToString(CultureInfo.InvariantCulture)),
                .. layout.Telemetry?.Variables(layout.Name) ?? [],
            ]),
        };
        if (layout.SecretVariables(model).ToArray() is { Length: > 0 } secrets)
        {
            container["secrets"] = new JsonArray([.. secrets.Select(s => (JsonNode)new JsonObject { ["name"] = s.Name, ["valueFrom"] = s.Arn })]);
        }

        if (!layout.IsSidecar)
        {
            // In this network mode the ports are the instance's, and naming them keeps other tasks from being placed on them.
            container["portMappings"] = new JsonArray([.. model.Listeners.Where(l => l.IsForWorkloads).SelectMany(Ports)]);
        }
        else if (model.Listeners.Any(l => l.IsPrivileged))
        {
            // Amazon ECS gives no ambient capabilities.
            container["systemControls"] = new JsonArray(new JsonObject { ["namespace"] = "net.ipv4.ip_unprivileged_port_start", ["value"] = "0" });
        }

        string[] before = [.. layout.HasFirewall ? new[] { SidecarTask.FirewallName } : [], .. model.Ca is null ? [] : new[] { CaName }];
        if (before.Length > 0)
        {
            container["dependsOn"] = new JsonArray([.. before.Select(b => (JsonNode)DependsOn(b, "SUCCESS"))]);
        }

        if (model.Ca is { } ca)
        {
            container["mountPoints"] = new JsonArray([.. CaMounts(ca, isReadOnly: true)]);
        }

        Harden(container);
        container["ulimits"] = new JsonArray(new JsonObject { ["name"] = "nofile", ["softLimit"] = OpenFiles, ["hardLimit"] = OpenFiles });
        container["healthCheck"] = new JsonObject { ["command"] = new JsonArray("CMD", "iron-proxy-health"), ["interval"] = 10, ["timeout"] = 5, ["retries"] = 3, ["startPeriod"] = 20 };
        container["stopTimeout"] = StopSeconds;

        // A new policy is a new revision, and so a deployment.
        container["dockerLabels"] = new JsonObject { ["iron-proxy.policy"] = policyHash };
        container["logConfiguration"] = Logs(layout, "proxy");
        return container;
    }

    private static IEnumerable<JsonNode> Ports(DeploymentListener listener) => listener.Role == ListenerRole.Dns
        ? [Port(listener.Port, "udp"), Port(listener.Port, "tcp")]
        : [Port(listener.Port, "tcp")];

    private static JsonObject Port(int port, string protocol) => new() { ["containerPort"] = port, ["hostPort"] = port, ["protocol"] = protocol };

    private static IEnumerable<JsonNode> CaMounts(CaPaths ca, bool isReadOnly)
    {
        yield return Mount(CaVolume, ContainerPaths.FolderOf(ca.Certificate), isReadOnly);
        if (ContainerPaths.FolderOf(ca.Certificate) != ContainerPaths.FolderOf(ca.Key))
        {
            yield return Mount(CaKeyVolume, ContainerPaths.FolderOf(ca.Key), isReadOnly);
        }
    }

    /// <summary>No capability, and nothing to write to but a folder in memory.</summary>
    public static void Harden(JsonObject container)
    {
        container["readonlyRootFilesystem"] = true;
        container["linuxParameters"] = new JsonObject
        {
            ["capabilities"] = DropAll(),
            ["tmpfs"] = new JsonArray(new JsonObject { ["containerPath"] = "/tmp", ["size"] = 64, ["mountOptions"] = new JsonArray("nosuid", "nodev", "noexec") }),
        };
        container["dockerSecurityOptions"] = new JsonArray("no-new-privileges");
    }

    /// <summary>What a container waits for.</summary>
    public static JsonObject DependsOn(string container, string condition) => new JsonObject { ["containerName"] = container, ["condition"] = condition };

    /// <summary>Capabilities of a container that has none.</summary>
    public static JsonObject DropAll() => new() { ["drop"] = new JsonArray("ALL") };

    private static JsonObject Volume(string name, string onHost) => new() { ["name"] = name, ["host"] = new JsonObject { ["sourcePath"] = onHost } };

    /// <summary>A volume in a container.</summary>
    public static JsonObject Mount(string volume, string path, bool isReadOnly) => new() { ["sourceVolume"] = volume, ["containerPath"] = path, ["readOnly"] = isReadOnly };

    /// <summary>Variables.</summary>
    public static JsonArray Environment(params (string Name, string Value)[] variables) =>
        new([.. variables.Select(v => (JsonNode)new JsonObject { ["name"] = v.Name, ["value"] = v.Value })]);

    /// <summary>Blocking: an audit record is waited for rather than lost.</summary>
    public static JsonObject Logs(EcsLayout layout, string prefix) => new()
    {
        ["logDriver"] = "awslogs",
        ["options"] = new JsonObject
        {
            ["awslogs-group"] = layout.LogGroup,
            ["awslogs-region"] = layout.Region,
            ["awslogs-stream-prefix"] = prefix,
            ["mode"] = "blocking",
        },
    };
}
