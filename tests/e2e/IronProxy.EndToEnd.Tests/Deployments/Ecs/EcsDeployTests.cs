using System.Security.Cryptography;
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

        // All is made, and the instances of before run no proxy.
        var said = await DeployAsync(aws, "");
        Assert.Contains("no instance of default is closed yet, so nothing runs", said, StringComparison.Ordinal);
        Assert.Contains("3 instances of default are NOT closed", said, StringComparison.Ordinal);
        AssertMade(aws.Changes);

        // Some are replaced. They say that they are closed, as their agents do.
        for (var instance = 1; instance <= 2; instance++)
        {
            (await aws.RunAsync(Deployment, $"aws ecs put-attributes --cluster default --attributes name=iron-proxy.closed,value=true,targetType=container-instance,targetId=arn:aws:ecs:eu-central-1:123456789012:container-instance/default/{instance}")).OutputOfSuccess();
        }

        var made = aws.Changes.Count;
        said = await DeployAsync(aws, "");
        Assert.Contains("changed: 0; waiting until iron-proxy runs on the 2 closed instances of default", said, StringComparison.Ordinal);
        Assert.Contains("iron-proxy is stable", said, StringComparison.Ordinal);
        Assert.Contains("1 instances of default are NOT closed", said, StringComparison.Ordinal);
        Assert.Equal(made, aws.Changes.Count);

        // Somebody widens a role, and the policy changes.
        (await aws.RunAsync(Deployment, """aws iam put-role-policy --role-name iron-proxy-task --policy-name iron-proxy --policy-document '{"Version":"2012-10-17","Statement":[]}'""")).OutputOfSuccess();
        await File.WriteAllTextAsync(Policy, (await File.ReadAllTextAsync(Policy)).Replace("      domains:\n", "      domains:\n        - \"pypi.org\"\n", StringComparison.Ordinal));
        await GenerateAsync(aws);
        made = aws.Changes.Count;
        said = await DeployAsync(aws, "");
        Assert.Contains("+            \"Action\": \"s3:GetObject\",", said, StringComparison.Ordinal);
        Assert.Matches("(?m)^-  +\"s3://example-egress/iron-proxy/plans/[0-9a-f]{64}.json\",$", said);
        Assert.Equal(
            ["PutRolePolicy", "PUT", "RegisterTaskDefinition", "UpdateService"],
            aws.Changes.Skip(made).Select(r => (string?)r["operation"]));
        Assert.EndsWith(":2", (string?)aws.Changes[^1]["parameters"]!["taskDefinition"], StringComparison.Ordinal);

        // The plan of the first revision is still there, for who rolls back to it.
        Assert.Equal(2, aws.Changes.Where(c => (string?)c["operation"] == "PUT").Select(c => (string?)c["parameters"]!["Path"]).Distinct().Count());

        made = aws.Changes.Count;
        Assert.Contains("the log group /ecs/iron-proxy stays", await DeployAsync(aws, "--destroy"), StringComparison.Ordinal);
        Assert.Equal(
            ["DeleteService", "DeregisterTaskDefinition", "DeregisterTaskDefinition", "DeleteLaunchTemplate", "DELETE", "DELETE", "DeleteRolePolicy", "DeleteRole", "DeleteRolePolicy", "DeleteRole"],
            aws.Changes.Skip(made).Select(r => (string?)r["operation"]));
        Assert.Contains("removed: 1", await DeployAsync(aws, "--destroy --logs"), StringComparison.Ordinal);
    }

    /// <summary>What is compared is what AWS has, whatever somebody has written beside it.</summary>
    [SkippableFact]
    public async Task What_somebody_has_put_in_its_place_is_seen_and_replaced()
    {
        await using var aws = await AwsStub.StartAsync();
        File.Copy(Repository.Path("samples", "quickstart", "proxy.yaml"), Policy);
        await GenerateAsync(aws);
        await DeployAsync(aws, "");
        var plan = await File.ReadAllBytesAsync(Path.Combine(Deployment, "proxy.plan.json"));
        var sum = Convert.ToHexStringLower(SHA256.HashData(plan));
        Assert.Equal($"iron-proxy/plans/{sum}.json", ((string?)aws.Changes.Single(c => (string?)c["operation"] == "PUT")["parameters"]!["Path"])!["/example-egress/".Length..]); // It has one.

        // Another plan, with the description of the right one; a revision that does not name the hash, which the service runs; and other user data for new instances.
        await RegisterAsync("t['containerDefinitions'][-1]['command'] = t['containerDefinitions'][-1]['command'][:2]");
        (await aws.RunAsync(Deployment, $$"""
            echo '{}' > ../other.json &&
            aws s3api put-object --bucket example-egress --key iron-proxy/plans/{{sum}}.json --body ../other.json --metadata sha256={{sum}} &&
            aws ec2 create-launch-template-version --launch-template-name iron-proxy-instances --launch-template-data '{"UserData": "IyEvYmluL3NoCg=="}' &&
            aws ec2 modify-launch-template --launch-template-name iron-proxy-instances --default-version 2
            """)).OutputOfSuccess();
        Assert.Equal(["PUT", "CreateLaunchTemplateVersion", "ModifyLaunchTemplate", "RegisterTaskDefinition", "UpdateService"], await RepairsAsync());

        // One more variable, and another share of proxies that run meanwhile.
        await RegisterAsync("t['containerDefinitions'][-1]['environment'].append({'name': 'LD_PRELOAD', 'value': '/x.so'})");
        await GenerateAsync(aws, "minimum_healthy=20");
        Assert.Equal(["RegisterTaskDefinition", "UpdateService"], await RepairsAsync());
        Assert.Empty(await RepairsAsync());

        await GenerateAsync(aws, "minimum_healthy=60");
        Assert.Contains("there is 1 proxy for each of 2 instances, and 60 % of them must run", await RefusedAsync(aws, "--preview"), StringComparison.Ordinal);

        async Task RegisterAsync(string change) => (await aws.RunAsync(Deployment, $$"""
            python3 -c "import json; t = json.load(open('task-definition.json')); {{change}}; json.dump(t, open('../changed.json', 'w'))" &&
            aws ecs register-task-definition --cli-input-json file://../changed.json && aws ecs update-service --cluster default --service iron-proxy --task-definition iron-proxy
            """)).OutputOfSuccess();

        async Task<IEnumerable<string?>> RepairsAsync()
        {
            var made = aws.Changes.Count;
            await DeployAsync(aws, "");
            return aws.Changes.Skip(made).Select(c => (string?)c["operation"]);
        }
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
        AssertEqual(Json("task-definition.json"), aws.Changes[^1]["parameters"]!); // It has them.
        Assert.Contains("changed: 0;", await DeployAsync(aws, ""), StringComparison.Ordinal);

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
        Assert.StartsWith("/example-egress/iron-proxy/plans/", (string?)asked[6]["Path"], StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(Path.Combine(Deployment, "proxy.plan.json")), (string?)asked[6]["Body"]);
        Assert.Equal(File.ReadAllText(Path.Combine(Deployment, "instances", "user-data.sh")), Encoding.UTF8.GetString(Convert.FromBase64String((string)asked[7]["LaunchTemplateData.UserData"]!)));
        Assert.Equal("1 required", $"{asked[7]["LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit"]} {asked[7]["LaunchTemplateData.MetadataOptions.HttpTokens"]}");

        AssertEqual(Json("task-definition.json"), asked[8]);
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
