namespace IronProxy.EndToEnd.Tests.Deployments.Pulumi;

/// <summary>
/// A program with all that programs can have is the same in both languages, says Pulumi's own SDK; and the judge that says so
/// sees what is wrong.
/// </summary>
public sealed class PulumiJudgeTests
{
    private static readonly string Everything = Repository.Path("tests", "e2e", "pulumi", "everything");

    /// <summary>Faults that are found side by side; each group is a program of its own, because running one takes two seconds.</summary>
    private static readonly (string File, string Right, string Wrong, string Complaint)[][] Faults =
    [
        [
            ("typescript/index.ts", "httpPutResponseHopLimit: 1", "httpPutResponseHopLimit: \"one\"", "Type 'string' is not assignable"),
            ("typescript/index.ts", "bucket.id", "bucket.identity", "Property 'identity' does not exist"),
            ("typescript/package.json", "\"7.48.0\"", "\"7.1.0\"", "asks for @pulumi/aws 7.1.0"),
        ],
        [
            ("typescript/index.ts", "policyTypes: [\"Egress\"]", "policyTypes: [\"Ingress\"]", "policies.inputs.spec.policyTypes.0 is \"Ingress\", and \"Egress\" in YAML"),
            ("typescript/index.ts", "dependsOn: [plan, logs]", "dependsOn: [plan]", "template.dependsOn."),
            ("yaml/Pulumi.yaml", "aws:cloudwatch:LogGroup", "aws:cloudwatch:LogGroups", "logs.type is \"aws:cloudwatch:LogGroup\""),
            ("yaml/Pulumi.yaml", "/$${not}", "/${not}", "nothing is named not"),
            ("yaml/Pulumi.yaml", "/ecs/$$/", "/ecs/$/", "a single dollar sign"),
            ("yaml/Pulumi.yaml", "fn::toBase64", "fn::toBase46", "there is no fn::toBase46"),
            ("yaml/Pulumi.yaml", "version: \"4.34.2\"", "version: \"4.0.0\"", "policies.version is \"4.34.2\""),
            ("yaml/Pulumi.yaml", "roleArn: \"${taskRole.arn}\"", "roleArn: \"${taskRole.id}\"", "outputs.roleArn"),
        ],
        [
            ("typescript/index.ts", "const taskRole", "throw new Error(\"stopped\");\nconst taskRole", "cannot be run"),
        ],
        [
            ("typescript/index.ts", "imageId: ", "imageID: ", "'imageID' does not exist"),
            ("yaml/Pulumi.yaml", "      dependsOn:", "      dependsUpon:", "resources.template.options cannot have dependsUpon"),
            ("yaml/Pulumi.yaml", "with-dash", "other-dash", "template.inputs.tags.other-dash"),
        ],
    ];

    [SkippableFact]
    public async Task Both_languages_ask_for_the_same() => Assert.Equal("", await Judges.AskAsync("pulumi.mjs", Path.Combine(Everything, "yaml"), Path.Combine(Everything, "typescript")));

    /// <summary>All at once, because loading the types of the providers is what takes the time.</summary>
    [SkippableFact]
    public async Task The_judge_sees_what_is_wrong()
    {
        var work = Directory.CreateTempSubdirectory("pulumi-").FullName;
        try
        {
            var folders = new List<string>();
            for (var i = 0; i < Faults.Length; i++)
            {
                foreach (var language in new[] { "yaml", "typescript" })
                {
                    var folder = Directory.CreateDirectory(Path.Combine(work, $"{i}-{language}-of-this")).FullName;
                    folders.Add(folder);
                    foreach (var file in Directory.GetFiles(Path.Combine(Everything, language)))
                    {
                        var text = await File.ReadAllTextAsync(file);
                        foreach (var fault in Faults[i].Where(f => $"{language}/{Path.GetFileName(file)}" == f.File))
                        {
                            Assert.Contains(fault.Right, text, StringComparison.Ordinal);
                            text = text.Replace(fault.Right, fault.Wrong, StringComparison.Ordinal);
                        }

                        await File.WriteAllTextAsync(Path.Combine(folder, Path.GetFileName(file)), text);
                    }
                }
            }

            var complaints = (await Judges.AskAsync("pulumi.mjs", [.. folders])).Split('\n');
            var unseen = Faults.SelectMany((group, i) => group.Where(f => !complaints.Any(c => c.Contains($"/{i}-", StringComparison.Ordinal) && c.Contains(f.Complaint, StringComparison.Ordinal))));
            Assert.True(!unseen.Any(), $"Not seen: {string.Join("; ", unseen.Select(u => u.Complaint))}\nComplaints:\n{string.Join('\n', complaints)}");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }
}
