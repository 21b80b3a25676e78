using IronProxy.Targets.Pulumi;
using IronProxy.Testing;

namespace IronProxy.Targets.Tests.Pulumi;

/// <summary>
/// One program that uses everything, in both languages. The end-to-end tests give the approved files to Pulumi's own SDK
/// and compare what both languages make.
/// </summary>
public class PulumiProgramTests
{
    private static string Approved(params string[] parts) => Path.Combine([RepositoryRoot.Path, "tests", "e2e", "pulumi", "everything", .. parts]);

    [Theory]
    [InlineData(PulumiLanguage.Yaml, "yaml")]
    [InlineData(PulumiLanguage.TypeScript, "typescript")]
    public void Everything_that_a_program_can_have_is_written(PulumiLanguage language, string folder)
    {
        var files = Everything().ToFiles(language);
        foreach (var file in files)
        {
            ApprovedFile.Verify(Approved(folder, file.Path), file.Text);
        }

        var beside = new[] { "script.sh", "plan.json" };
        Assert.Equal(files.Select(f => f.Path).Concat(beside).Order(), Directory.GetFiles(Approved(folder)).Select(f => Path.GetFileName(f)).Order());
    }

    [Theory]
    [InlineData("Role")]
    [InlineData("task-role")]
    [InlineData("")]
    [InlineData("pulumi")]
    [InlineData("class")]
    public void A_name_must_be_a_variable_in_every_language(string name) =>
        Assert.Throws<ArgumentException>(() => new PulumiProgram("p", "P.").AddResource(name, "aws:iam:Role", []));

    [Fact]
    public void A_name_stands_for_one_thing()
    {
        var program = new PulumiProgram("p", "P.");
        program.AddResource("same", "aws:iam:Role", []);
        Assert.Throws<ArgumentException>(() => program.AddResource("same", "aws:iam:Role", []));
    }

    [Fact]
    public void A_key_cannot_be_a_function() => Assert.Throws<ArgumentException>(() => new PulumiMap { ["fn::readFile"] = "/etc/passwd" });

    private static PulumiProgram Everything()
    {
        var program = new PulumiProgram("everything", "A program with all that programs can have.");
        var role = program.AddResource(
            "taskRole",
            "aws:iam:Role",
            new PulumiMap
            {
                ["assumeRolePolicy"] = PulumiValue.Json(new PulumiMap
                {
                    ["Version"] = "2012-10-17",
                    ["Statement"] = new PulumiList(new PulumiMap
                    {
                        ["Effect"] = "Allow",
                        ["Principal"] = new PulumiMap { ["Service"] = "ecs-tasks.amazonaws.com" },
                        ["Action"] = new PulumiList("sts:AssumeRole", "sts:AssumeRole"),
                    }),
                }),
            },
            comment: "What the proxy may do.\nNothing else.");
        var logs = program.AddResource("logs", "aws:cloudwatch:LogGroup", new PulumiMap { ["retentionInDays"] = 30, ["name"] = "/ecs/$/`it`/${not}\\n" });
        var bucket = program.AddResource("bucket", "aws:s3:Bucket", []);
        var plan = program.AddResource("plan", "aws:s3:BucketObjectv2", new PulumiMap
        {
            ["bucket"] = bucket["id"],
            ["key"] = "plan.json",
            ["source"] = PulumiValue.FileAsset("plan.json"),
        });

        var properties = new PulumiMap { ["imageId"] = "ami-0123456789abcdef0", ["userData"] = PulumiValue.Base64(PulumiValue.FileText("script.sh")) };
        properties.Add("metadataOptions", new PulumiMap { ["httpTokens"] = "required", ["httpPutResponseHopLimit"] = 1 }, "Workloads are one hop further away.");
        properties["tags"] = new PulumiMap { ["with-dash"] = "a\nb `c` ${d} \\ $", ["Role"] = role["name"], ["empty"] = "" };
        var template = program.AddResource("template", "aws:ec2:LaunchTemplate", properties, [plan, logs]);

        program.AddResource("policies", "kubernetes:networking.k8s.io/v1:NetworkPolicy", new PulumiMap
        {
            ["metadata"] = new PulumiMap { ["name"] = "closed", ["annotations"] = new PulumiMap { ["example.com/on"] = "true" } },
            ["spec"] = new PulumiMap { ["podSelector"] = new PulumiMap(), ["policyTypes"] = new PulumiList("Egress") },
        });
        program.AddOutput("roleArn", role["arn"]);
        program.AddOutput("launchTemplate", template["id"]);
        return program;
    }
}
