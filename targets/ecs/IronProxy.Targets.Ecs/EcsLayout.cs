using System.Security.Cryptography;
using IronProxy.Plan;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.Ecs;

/// <summary>Names, ARNs, addresses and paths of one deployment, decided once.</summary>
internal sealed record EcsLayout
{
    /// <summary>Folder of an instance with the CA and its key.</summary>
    public const string CaOnHost = "/var/lib/iron-proxy/ca";

    /// <summary>Folder of an instance with the CA's key, where the plan has it elsewhere than the certificate.</summary>
    public const string CaKeyOnHost = "/var/lib/iron-proxy/ca-key";

    /// <summary>Folder of an instance with certificates for workloads, without the key.</summary>
    public const string TrustOnHost = "/var/lib/iron-proxy/trust";

    /// <summary>What an instance says of itself when its rules have been checked. The scheduler places nothing of ours on others.</summary>
    public const string ClosedAttribute = "iron-proxy.closed";

    /// <summary>Prefix of everything's name.</summary>
    public required string Name { get; init; }

    public required string Account { get; init; }

    public required string Region { get; init; }

    public required string Cluster { get; init; }

    public required string Bucket { get; init; }

    /// <summary>SHA-256 of the plan's bytes, in hexadecimal digits.</summary>
    public required string PlanSha256 { get; init; }

    public required string Image { get; init; }

    public required string User { get; init; }

    public required string WorkloadUser { get; init; }

    public required int MemoryMiB { get; init; }

    public required int CaDays { get; init; }

    public required int LogDays { get; init; }

    /// <summary>How many of the proxies run while they are replaced, in percent.</summary>
    public required int MinimumHealthy { get; init; }

    /// <summary>The instance's address on docker0: the workloads' DNS server, and what it answers with.</summary>
    public required string BridgeAddress { get; init; }

    public required int BridgePrefix { get; init; }

    public required string InstanceType { get; init; }

    public required string InstanceProfile { get; init; }

    public required string KmsKey { get; init; }

    /// <summary>Whether the proxy is in the workload's task.</summary>
    public required bool IsSidecar { get; init; }

    /// <summary>Whether that task has rules.</summary>
    public required bool HasFirewall { get; init; }

    /// <summary>Where others may reach servers of the workload in it.</summary>
    public required string ServePorts { get; init; }

    public required int HealthPort { get; init; }

    public required string HealthHost { get; init; }

    /// <summary>Where the variables with secrets come from.</summary>
    public required EcsSecrets Secrets { get; init; }

    /// <summary>The collector that the proxy sends to; null without one.</summary>
    public required EcsTelemetry? Telemetry { get; init; }

    public string Partition => Region switch
    {
        _ when Region.StartsWith("cn-", StringComparison.Ordinal) => "aws-cn",
        _ when Region.StartsWith("us-gov-", StringComparison.Ordinal) => "aws-us-gov",
        _ => "aws",
    };

    /// <summary>Variables whose values are secrets, and the ARNs that the agent of Amazon ECS reads them from.</summary>
    public IEnumerable<(string Name, string Arn)> SecretVariables(DeploymentModel model) =>
    [
        .. model.Variables.Select(v => (v.Name, Secrets.ArnOf(v.Name)!)), // Preflight asks for all of them.
        .. Telemetry?.Headers is { } headers ? [(EcsTelemetry.HeadersVariable, headers)] : Array.Empty<(string, string)>(),
    ];

    /// <summary>Where plans are in the bucket. Those of earlier revisions stay: a deployment that is rolled back finds its own.</summary>
    public string PlanFolder => $"{Name}/plans";

    /// <summary>Named after what is in it, so that no other plan can take its place.</summary>
    public string PlanKey => $"{PlanFolder}/{PlanSha256}.json";

    public string LogGroup => $"/ecs/{Name}";

    public string ExecutionRole => $"{Name}-execution";

    public string TaskRole => $"{Name}-task";

    public string LaunchTemplate => $"{Name}-instances";

    public string RoleArn(string role) => $"arn:{Partition}:iam::{Account}:role/{role}";

    /// <summary>The layout of a request that passed preflight.</summary>
    public static EcsLayout Of(DeploymentRequest request)
    {
        var options = request.Options;
        var metrics = request.Model.Listener(ListenerRole.Metrics)!; // Preflight asks for it.
        return new EcsLayout
        {
            Name = options["name"],
            Account = options["account"],
            Region = options["region"],
            Cluster = options["cluster"],
            Bucket = options["bucket"],
            PlanSha256 = Convert.ToHexStringLower(SHA256.HashData(request.PlanJson.Span)),
            Image = options["image"],
            User = options["user"],
            WorkloadUser = options["workload_user"],
            MemoryMiB = options.Number("memory"),
            CaDays = options.Number("ca_days"),
            LogDays = options.Number("log_days"),
            MinimumHealthy = options.Number("minimum_healthy"),
            BridgeAddress = options["bridge_address"],
            BridgePrefix = options.Number("bridge_prefix"),
            InstanceType = options["instance_type"],
            InstanceProfile = options["instance_profile"],
            KmsKey = options["kms_key"],
            IsSidecar = options["mode"] == "sidecar",
            HasFirewall = options["mode"] == "sidecar" && options.Switch("firewall"),
            ServePorts = options["serve_ports"],
            HealthPort = metrics.Port,
            HealthHost = metrics.Address.Address is { } address && !IsAny(address) ? address : "127.0.0.1",
            Secrets = EcsSecrets.Read(options["secrets"]),
            Telemetry = EcsTelemetry.Read(options),
        };
    }

    /// <summary>Whether an address stands for all of a host's.</summary>
    public static bool IsAny(string? address) => address is null or "0.0.0.0" or "::";
}
