using System.Text;
using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Deployments.Ecs;

/// <summary>deploy.sh and Debian's aws command, with a stub that refuses what does not fit the services' own models.</summary>
public sealed class EcsDeployTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("iron-ecs-").FullName;

    private string Policy => Path.Combine(_folder, "proxy.yaml");

    private string Deployment => Path.Combine(_folder, "ecs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task What_the_folder_says_is_made_once_changed_when_it_differs_and_removed()
    {
        await using var aws = await AwsStub.StartAsync();
        File.Copy(Repository.Path("samples", "quickstart", "proxy.yaml"), Policy);
        await GenerateAsync(aws);

        // Looking changes nothing.
        Assert.Contains("to change: 10", await DeployAsync(aws, "--preview"), StringComparison.Ordinal);
        Assert.Empty(aws.Changes);

        Assert.Contains("iron-proxy is stable", await DeployAsync(aws, ""), StringComparison.Ordinal);
        AssertMade(aws.Changes);
        var made = aws.Changes.Count;
        Assert.Contains("changed: 0;", await DeployAsync(aws, ""), StringComparison.Ordinal);
        Assert.Equal(made, aws.Changes.Count);

        // Somebody widens a role, and the policy changes.
        (await aws.RunAsync(Deployment, """aws iam put-role-policy --role-name iron-proxy-task --policy-name iron-proxy --policy-document '{"Version":"2012-10-17","Statement":[]}'""")).OutputOfSuccess();
        await File.WriteAllTextAsync(Policy, (await File.ReadAllTextAsync(Policy)).Replace("      domains:\n", "      domains:\n        - \"pypi.org\"\n", StringComparison.Ordinal));
        await GenerateAsync(aws);
        made = aws.Changes.Count;
        var said = await DeployAsync(aws, "");
        Assert.Contains("+            \"Action\": \"s3:GetObject\",", said, StringComparison.Ordinal);
        Assert.Equal(
            ["PutRolePolicy", "PUT", "RegisterTaskDefinition", "UpdateService"],
            aws.Changes.Skip(made).Select(r => (string?)r["operation"]));
        Assert.EndsWith(":2", (string?)aws.Changes[^1]["parameters"]!["taskDefinition"], StringComparison.Ordinal);

        made = aws.Changes.Count;
        Assert.Contains("the log group /ecs/iron-proxy stays", await DeployAsync(aws, "--destroy"), StringComparison.Ordinal);
        Assert.Equal(
            ["DeleteService", "DeregisterTaskDefinition", "DeregisterTaskDefinition", "DeleteLaunchTemplate", "DELETE", "DeleteRolePolicy", "DeleteRole", "DeleteRolePolicy", "DeleteRole"],
            aws.Changes.Skip(made).Select(r => (string?)r["operation"]));
        Assert.Contains("removed: 1", await DeployAsync(aws, "--destroy --logs"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Whatever_is_not_as_expected_ends_it()
    {
        await using var aws = await AwsStub.StartAsync();
        File.Copy(Repository.Path("samples", "quickstart", "proxy.yaml"), Policy);

        await GenerateAsync(aws, "account=210987654321");
        Assert.Contains("credentials of account 123456789012, and this deployment is for 210987654321", await RefusedAsync(aws, ""), StringComparison.Ordinal);
        Assert.Empty(aws.Changes);

        // "Not allowed to look" is not "there is none".
        await GenerateAsync(aws);
        await aws.DenyAsync("GetRole");
        Assert.Contains("AccessDenied", await RefusedAsync(aws, "--preview"), StringComparison.Ordinal);
        Assert.Contains("AccessDenied", await RefusedAsync(aws, "--destroy"), StringComparison.Ordinal);
        await aws.DenyAsync("GetRole");

        // A service of the same name that is somebody's.
        (await aws.RunAsync(Deployment, """
            aws ecs register-task-definition --family iron-proxy --container-definitions name=other,image=example &&
            aws ecs create-service --service-name iron-proxy --task-definition iron-proxy --desired-count 1
            """)).OutputOfSuccess();
        Assert.Contains("the service iron-proxy in the cluster default is another one", await RefusedAsync(aws, "--preview"), StringComparison.Ordinal);
        Assert.Equal(["RegisterTaskDefinition", "CreateService"], aws.Changes.Select(r => (string?)r["operation"]));

        // The stub does not take everything.
        Assert.Contains("which is none of", (await aws.RunAsync(Deployment, "aws ecs register-task-definition --family x --network-mode mixed --container-definitions name=other,image=example")).Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_tasks_of_the_workload_are_such_that_AWS_takes_them()
    {
        await using var aws = await AwsStub.StartAsync();
        File.Copy(Repository.Path("samples", "quickstart", "proxy.yaml"), Policy);
        await GenerateAsync(aws);

        // As the README says.
        (await aws.RunAsync(Deployment, """
            aws ecs register-task-definition --region eu-central-1 --cli-input-json file://workload/doctor.json &&
            aws ecs run-task --region eu-central-1 --cluster default --task-definition iron-proxy-doctor
            """)).OutputOfSuccess();
        AssertEqual(Json("workload/doctor.json"), aws.Changes[0]["parameters"]!);
    }

    [SkippableFact]
    public async Task A_sidecar_has_roles_a_plan_and_a_task_and_nothing_on_instances()
    {
        await using var aws = await AwsStub.StartAsync();
        await File.WriteAllTextAsync(Policy, (await File.ReadAllTextAsync(Repository.Path("samples", "quickstart", "proxy.yaml"))).Replace("172.20.0.2", "127.0.0.1", StringComparison.Ordinal));
        await GenerateAsync(aws, "mode=sidecar");

        Assert.Contains("changed: 8; the task definition is arn:aws:ecs:eu-central-1:123456789012:task-definition/iron-proxy:1", await DeployAsync(aws, ""), StringComparison.Ordinal);
        Assert.Equal(
            ["CreateLogGroup", "PutRetentionPolicy", "CreateRole", "PutRolePolicy", "CreateRole", "PutRolePolicy", "PUT", "RegisterTaskDefinition"],
            aws.Changes.Select(c => (string?)c["operation"]));
        var task = aws.Changes[^1]["parameters"]!.AsObject(); // It has them.
        task.Remove("tags");
        AssertEqual(Json("task-definition.json"), task);

        // As the README says; and the patch with what an owner adds to it.
        var patched = Json("workload/task-definition.patch.json").AsObject();
        patched["family"] = "agent";
        patched["containerDefinitions"]!.AsArray()[^1]!["name"] = "agent"; // It has containers.
        patched["containerDefinitions"]!.AsArray()[^1]!["image"] = "example";
        await File.WriteAllTextAsync(Path.Combine(_folder, "agent.json"), patched.ToJsonString());
        (await aws.RunAsync(_folder, """
            aws ecs run-task --region eu-central-1 --cluster default --task-definition iron-proxy \
                --network-configuration 'awsvpcConfiguration={subnets=[subnet-1],securityGroups=[sg-1]}' &&
            aws ecs register-task-definition --region eu-central-1 --cli-input-json file://agent.json
            """)).OutputOfSuccess();
        AssertEqual(patched, aws.Changes[^1]["parameters"]!);

        var made = aws.Changes.Count;
        Assert.Contains("removed: 6", await DeployAsync(aws, "--destroy"), StringComparison.Ordinal);
        Assert.Equal(
            ["DeregisterTaskDefinition", "DELETE", "DeleteRolePolicy", "DeleteRole", "DeleteRolePolicy", "DeleteRole"],
            aws.Changes.Skip(made).Select(r => (string?)r["operation"]));
    }

    /// <summary>What was asked of AWS is what the files say.</summary>
    private void AssertMade(IReadOnlyList<JsonNode> changes)
    {
        Assert.Equal(
            [
                "logs CreateLogGroup", "logs PutRetentionPolicy", "iam CreateRole", "iam PutRolePolicy", "iam CreateRole", "iam PutRolePolicy", "s3 PUT",
                "ec2 CreateLaunchTemplate", "ecs RegisterTaskDefinition", "ecs CreateService",
            ],
            changes.Select(c => $"{c["service"]} {c["operation"]}"));
        JsonNode[] asked = [.. changes.Select(c => c["parameters"]!)]; // All have them.
        AssertEqual(JsonNode.Parse("""{"logGroupName": "/ecs/iron-proxy", "retentionInDays": 90}""")!, asked[1]);
        AssertEqual(Json("iam/trust.json"), JsonNode.Parse((string)asked[2]["AssumeRolePolicyDocument"]!)!);
        AssertEqual(Json("iam/execution-role.json"), JsonNode.Parse((string)asked[3]["PolicyDocument"]!)!);
        AssertEqual(Json("iam/task-role.json"), JsonNode.Parse((string)asked[5]["PolicyDocument"]!)!);
        Assert.Equal("iron-proxy-execution iron-proxy-task", $"{asked[3]["RoleName"]} {asked[5]["RoleName"]}");
        Assert.Equal("/example-egress/iron-proxy/proxy.plan.json", (string?)asked[6]["Path"]);
        Assert.Equal(File.ReadAllText(Path.Combine(Deployment, "proxy.plan.json")), (string?)asked[6]["Body"]);
        Assert.Equal(File.ReadAllText(Path.Combine(Deployment, "instances", "user-data.sh")), Encoding.UTF8.GetString(Convert.FromBase64String((string)asked[7]["LaunchTemplateData.UserData"]!)));
        Assert.Equal("1 required", $"{asked[7]["LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit"]} {asked[7]["LaunchTemplateData.MetadataOptions.HttpTokens"]}");

        var task = asked[8].AsObject();
        task.Remove("tags");
        AssertEqual(Json("task-definition.json"), task);
        var service = Json("service.json").AsObject();
        service["taskDefinition"] = "arn:aws:ecs:eu-central-1:123456789012:task-definition/iron-proxy:1";
        AssertEqual(service, asked[9]);
    }

    private static void AssertEqual(JsonNode expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{expected.ToJsonString()}\n{actual.ToJsonString()}");

    private JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Deployment, file)))!; // They are objects.

    private async Task GenerateAsync(AwsStub aws, string set = "name=iron-proxy") =>
        (await aws.RunAsync(_folder, $"{ProxyBinaries.Ironc} deploy -t ecs {Policy} -o {Deployment} --options {Repository.Path("samples", "quickstart", "deployments", "ecs.options")} --set {set}")).OutputOfSuccess();

    private async Task<string> DeployAsync(AwsStub aws, string arguments) => (await aws.RunAsync(Deployment, $"./deploy.sh {arguments}")).OutputOfSuccess();

    private async Task<string> RefusedAsync(AwsStub aws, string arguments)
    {
        var run = await aws.RunAsync(Deployment, $"./deploy.sh {arguments}");
        Assert.Equal(1, run.ExitCode);
        return run.Output;
    }
}
