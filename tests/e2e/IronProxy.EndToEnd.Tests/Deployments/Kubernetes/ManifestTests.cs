using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Deployments.Kubernetes;

/// <summary>What the target k8s writes is what Kubernetes takes: its own client, and models made from its own schemas, say so.</summary>
public sealed class ManifestTests
{
    private static readonly string Folder = Repository.Path("samples", "quickstart", "deployments", "k8s");

    [SkippableFact]
    public async Task The_manifests_of_the_sample_are_manifests() =>
        Assert.Equal("", await Judges.AskAsync("kubernetes.mjs", [.. Directory.GetFiles(Folder, "*.yaml").Where(f => Path.GetFileName(f) != "kustomization.yaml")]));

    [SkippableTheory]
    [InlineData("deployment.yaml", "dnsPolicy: Default", "dnsPolicie: Default", "dnsPolicie")]
    [InlineData("deployment.yaml", "protocol: UDP", "protocol: UPD", "ports/0/protocol must be equal to one of the allowed values")]
    [InlineData("deployment.yaml", "replicas: 2", "replicas: two", "replicas must be integer")]
    [InlineData("service.yaml", "kind: Service", "kind: Servize", "there is no Servize in v1")]
    [InlineData("network-policies.yaml", "podSelector:", "podSelectors:", "podSelector")]
    public async Task The_judge_sees_what_is_wrong(string file, string right, string wrong, string complaint)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Folder, file));
        Assert.Contains(right, text, StringComparison.Ordinal);
        var path = Path.Combine(Directory.CreateTempSubdirectory("manifest-").FullName, file);
        await File.WriteAllTextAsync(path, text.Replace(right, wrong, StringComparison.Ordinal));
        try
        {
            Assert.Contains(complaint, await Judges.AskAsync("kubernetes.mjs", path), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true); // It was made above.
        }
    }

    [SkippableFact]
    public async Task The_kustomization_builds_and_holds_every_manifest_but_the_example()
    {
        CommandLine.Require("kubectl", "kubectl");
        var (exit, output, error) = await CommandLine.RunAsync("kubectl", "kustomize", Folder);

        Assert.True(exit == 0, error);
        Assert.Equal(
            ["ConfigMap", "Deployment", "Namespace", "Namespace", "NetworkPolicy", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget", "Service"],
            output.Split('\n').Where(l => l.StartsWith("kind: ", StringComparison.Ordinal)).Select(l => l["kind: ".Length..]).Order(StringComparer.Ordinal));
    }
}
