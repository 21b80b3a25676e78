using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using IronProxy.Plan;
using IronProxy.Targets.Files;
using IronProxy.Targets.Model;
using IronProxy.Targets.Options;
using IronProxy.Targets.Pulumi;
using IronProxy.Targets.Templates;

namespace IronProxy.Targets.Ecs;

/// <summary>Amazon ECS on EC2: a proxy on each instance of a cluster, or one in each task, and rules that leave the tasks no other way.</summary>
public sealed class EcsTarget : IDeploymentTarget
{
    /// <inheritdoc/>
    public string Name => "ecs";

    /// <inheritdoc/>
    public TargetTraits Traits { get; } = new(
        "a daemon service for a cluster of EC2 instances, with roles, logs, the plan in S3, and user data that closes the instances' Docker bridge; or a sidecar with rules for tasks with awsvpc",
        TargetPattern.StandaloneHost,
        "to make roles, a task definition, a service, a launch template, a log group and an object in AWS",
        "strong: rules on the instance reject all that comes from the bridge and is not for the proxy, and no container is exempt; tasks with networkMode host or awsvpc, and whoever may register task definitions, go around the proxy. A sidecar's rules are in the task: strong for containers without capabilities whose user is not the proxy's");

    /// <inheritdoc/>
    public ImmutableArray<TargetOption> Options { get; } =
    [
        new("account", OptionKind.Text, null, "The AWS account: 12 digits."),
        new("region", OptionKind.Name, null, "The region, such as eu-central-1."),
        new("bucket", OptionKind.Text, null, "The S3 bucket that keeps the plan."),
        new("image", OptionKind.Image, null, "The image that the target 'image' builds, in a registry that the instances pull from."),
        new("form", OptionKind.Choice, "aws", "What makes it in AWS: a script that calls the aws command, or a Pulumi program.") { Choices = ["aws", "pulumi-yaml", "pulumi-typescript"] },
        new("mode", OptionKind.Choice, "daemon", "daemon: a proxy on each instance, for tasks on its bridge; sidecar: a proxy in the workload's own task (awsvpc).") { Choices = ["daemon", "sidecar"] },
        new("cluster", OptionKind.Name, "default", "The ECS cluster."),
        new("name", OptionKind.Name, "iron-proxy", "What the service is called, and what the names of roles, logs and the rest begin with."),
        new("secrets", OptionKind.Text, "", "Where the variables with secrets are kept: NAME=ARN,NAME=ARN of Secrets Manager or Systems Manager."),
        new("kms_key", OptionKind.Text, "", "The ARN of the key that these are encrypted with, unless it is the account's own aws/secretsmanager."),
        new("launch_type", OptionKind.Choice, "ec2", "What tasks run on.") { Choices = ["ec2", "fargate"] },
        new("firewall", OptionKind.Switch, "true", "Rules inside of the workload's task that lead to a sidecar, and let it out and nothing else."),
        new("serve_ports", OptionKind.Text, "", "TCP ports on which others may reach servers of a workload with a sidecar, such as 8000,8081."),
        new("bridge_address", OptionKind.Address, "172.17.0.1", "The instances' address on the Docker bridge, which is dns.proxy_ip."),
        new("bridge_prefix", OptionKind.Number, "16", "The length of that network's prefix.") { Minimum = 16, Maximum = 29 },
        new("user", OptionKind.Number, "10001", "User and group that the proxy runs as; the image's.") { Minimum = 1, Maximum = 65533 },
        new("workload_user", OptionKind.Number, "1000", "User and group of the example workload.") { Minimum = 1, Maximum = 65533 },
        new("memory", OptionKind.Number, "512", "MiB of memory that the proxy may use.") { Minimum = 128, Maximum = 65536 },
        new("ca_days", OptionKind.Number, "30", "For how many days a new CA is valid.") { Minimum = 1, Maximum = 3650 },
        new("log_days", OptionKind.Choice, "90", "For how many days logs are kept.") { Choices = ["1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731", "1827", "3653"] },
        new("minimum_healthy", OptionKind.Number, "50", "How many of the proxies must run while they are replaced, in percent; a cluster of one instance needs 0.") { Minimum = 0, Maximum = 99 },
        new("instance_type", OptionKind.Name, "t3.small", "The type of instances of the launch template."),
        new("instance_profile", OptionKind.Name, "ecsInstanceRole", "The instance profile of the launch template, with the policy AmazonEC2ContainerServiceforEC2Role."),
        .. EcsTelemetry.Options,
    ];

    /// <inheritdoc/>
    public TargetCommands Commands { get; } = new(["./deploy.sh", "--preview"], ["./deploy.sh"], ["./deploy.sh", "--destroy"]);

    /// <inheritdoc/>
    public ImmutableArray<string> UserFiles { get; } = PulumiProgram.UserFiles;

    /// <inheritdoc/>
    public ImmutableArray<DeploymentFile> Render(DeploymentRequest request)
    {
        if (!EcsPreflight.Check(request))
        {
            return [];
        }

        var layout = EcsLayout.Of(request);
        var model = request.Model;
        var hash = request.Plan.PolicyHash;
        var task = layout.IsSidecar ? SidecarTask.Example(layout, model, hash) : TaskDefinitions.Daemon(layout, model, hash);
        var values = Values(layout, model, task, request.Options["form"]);
        return
        [
            new("proxy.plan.json", request.PlanJson),
            .. request.Options["form"] switch
            {
                "pulumi-yaml" => Program(layout, request, values, PulumiLanguage.Yaml),
                "pulumi-typescript" => Program(layout, request, values, PulumiLanguage.TypeScript),
                _ => Commandline(layout, model, values, task),
            },
            .. layout.IsSidecar ? BesideTheWorkload(layout, model, hash, values) : OnInstances(layout, model, values),
        ];
    }

    private IEnumerable<DeploymentFile> OnInstances(EcsLayout layout, DeploymentModel model, Dictionary<string, object?> values)
    {
        values["firewall"] = TextTemplate.Fill(this, "iron-proxy-firewall", values);
        return
        [
            DeploymentFile.OfScript("instances/user-data.sh", TextTemplate.Fill(this, "user-data.sh", values)),
            DeploymentFile.OfText("workload/task-definition.patch.json", AwsJson.Print(TaskDefinitions.WorkloadPatch(layout, model))),
            DeploymentFile.OfText("workload/doctor.json", AwsJson.Print(TaskDefinitions.Doctor(layout, model))),
            DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "README.md", values)),
        ];
    }

    private IEnumerable<DeploymentFile> BesideTheWorkload(EcsLayout layout, DeploymentModel model, string policyHash, Dictionary<string, object?> values) =>
    [
        DeploymentFile.OfText("workload/task-definition.patch.json", AwsJson.Print(SidecarTask.Patch(layout, model, policyHash))),
        DeploymentFile.OfText("README.md", TextTemplate.Fill(this, "sidecar.md", values)),
    ];

    private IEnumerable<DeploymentFile> Commandline(EcsLayout layout, DeploymentModel model, Dictionary<string, object?> values, JsonObject task) =>
    [
        DeploymentFile.OfText("task-definition.json", AwsJson.Print(task)),
        DeploymentFile.OfText("drift/task-definition.json", AwsJson.Print(RunningQuery.Expected(task)!)), // It is an object.
        .. layout.IsSidecar ? Array.Empty<DeploymentFile>() :
        [
            DeploymentFile.OfText("service.json", AwsJson.Print(DaemonService.Create(layout))),
            DeploymentFile.OfText("instances/launch-template.json", AwsJson.Print(InstanceTemplate.Create(layout))),
            DeploymentFile.OfText("drift/launch-template.json", AwsJson.Print(RunningQuery.Expected(InstanceTemplate.WithoutUserData(layout))!)), // It is an object.
        ],
        DeploymentFile.OfText("iam/trust.json", AwsJson.Print(IamPolicies.Trust(layout))),
        DeploymentFile.OfText("iam/execution-role.json", AwsJson.Print(IamPolicies.Execution(layout, model))),
        DeploymentFile.OfText("iam/task-role.json", AwsJson.Print(IamPolicies.Task(layout, model))),
        DeploymentFile.OfScript("deploy.sh", TextTemplate.Fill(this, "deploy.sh", values)),
    ];

    private IEnumerable<DeploymentFile> Program(EcsLayout layout, DeploymentRequest request, Dictionary<string, object?> values, PulumiLanguage language) =>
    [
        .. EcsProgram.Create(layout, request.Model, request.Plan.PolicyHash).ToFiles(language),
        DeploymentFile.OfScript("deploy.sh", TextTemplate.Fill(this, "pulumi.sh", values)),
    ];

    private static Dictionary<string, object?> Values(EcsLayout layout, DeploymentModel model, JsonObject task, string form)
    {
        var open = model.Listeners.Where(l => l.IsForWorkloads).ToArray();
        return new()
        {
            ["pulumi"] = form != "aws",
            ["typescript"] = form == "pulumi-typescript",
            ["daemon"] = !layout.IsSidecar,
            ["rules"] = layout.HasFirewall,
            ["serve_ports"] = layout.ServePorts.Replace(",", ", ", StringComparison.Ordinal),
            ["name"] = layout.Name,
            ["account"] = layout.Account,
            ["region"] = layout.Region,
            ["cluster"] = layout.Cluster,
            ["bucket"] = layout.Bucket,
            ["plan_key"] = layout.PlanKey,
            ["plan_folder"] = layout.PlanFolder,
            ["plan_checksum"] = Convert.ToBase64String(Convert.FromHexString(layout.PlanSha256)),
            ["minimum_healthy"] = layout.MinimumHealthy,
            ["closed_attribute"] = EcsLayout.ClosedAttribute,
            ["closed_expression"] = TaskDefinitions.ClosedExpression,
            ["log_group"] = layout.LogGroup,
            ["log_days"] = layout.LogDays,
            ["execution_role"] = layout.ExecutionRole,
            ["task_role"] = layout.TaskRole,
            ["launch_template"] = layout.LaunchTemplate,
            ["task_definition_query"] = RunningQuery.Of("taskDefinition", task),
            ["launch_template_query"] = RunningQuery.Of("LaunchTemplateVersions[0].LaunchTemplateData", InstanceTemplate.WithoutUserData(layout)),
            ["image"] = layout.Image,
            ["user"] = layout.User,
            ["workload_user"] = layout.WorkloadUser,
            ["bridge_address"] = layout.BridgeAddress,
            ["bridge_prefix"] = layout.BridgePrefix,
            ["tcp_ports"] = open.Select(l => Text(l.Port)).Distinct().ToArray(),
            ["udp_ports"] = open.Where(l => l.Role == ListenerRole.Dns).Select(l => Text(l.Port)).ToArray(),

            // Of these the instance itself is the only client.
            ["own_tcp_ports"] = model.Listeners.Select(l => Text(l.Port)).Distinct().ToArray(),
            ["low_ports"] = model.Listeners.Any(l => l.IsPrivileged),
            ["lowest_port"] = Text(model.Listeners.Min(l => l.Port)),
            ["moves_resolved"] = model.Listener(ListenerRole.Dns) is { Port: 53 } dns && EcsLayout.IsAny(dns.Address.Address),
            ["ca"] = model.Ca is not null,
            ["ca_days"] = layout.CaDays,
            ["ca_folders"] = model.Ca is { } paths ? TaskDefinitions.Volumes(paths).Select(v => v.OnHost).Where(v => v != EcsLayout.TrustOnHost).ToArray() : [],
            ["trust_folder"] = EcsLayout.TrustOnHost,
            ["variables"] = model.Variables.Select(v => new Dictionary<string, object?> { ["name"] = v.Name, ["arn"] = layout.Secrets.ArnOf(v.Name) }).ToArray(),
            ["has_variables"] = !model.Variables.IsEmpty,
        };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
