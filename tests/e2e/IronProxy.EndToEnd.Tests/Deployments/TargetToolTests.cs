using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Deployments;

/// <summary><c>--preview</c>, <c>--apply</c> and <c>--destroy</c> run the target's own tool in the folder, and end as it does. Tools that write down their arguments stand for them.</summary>
public sealed class TargetToolTests : IDisposable
{
    private const int ToolsExit = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("iron-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("k8s", "quickstart", "form=kustomize", "kubectl diff -k .", "kubectl apply -k .", "kubectl delete -k .")]
    [InlineData("k8s", "quickstart", "form=helm", "helm upgrade --install --dry-run iron-proxy chart --namespace iron-proxy", "helm upgrade --install --wait iron-proxy chart --namespace iron-proxy", "helm uninstall iron-proxy --namespace iron-proxy")]
    [InlineData("k8s", "quickstart", "form=pulumi-yaml", "pulumi preview", "pulumi up", "pulumi destroy")]
    [InlineData("ecs", "quickstart", "form=pulumi-typescript", "pulumi preview", "pulumi up", "pulumi destroy")]
    [InlineData("compose", "quickstart", "enforcement=internal", "docker compose config", "docker compose up --detach --remove-orphans", "docker compose down --volumes")]
    public async Task The_tool_is_run_in_the_folder_and_its_status_is_passed_on(string target, string sample, string set, string preview, string apply, string destroy)
    {
        var tools = Directory.CreateDirectory(Path.Combine(_folder, "tools")).FullName;
        var record = Path.Combine(_folder, "record");
        foreach (var name in new[] { "kubectl", "helm", "pulumi", "docker" })
        {
            var tool = Path.Combine(tools, name);
            await File.WriteAllTextAsync(tool, $"#!/bin/sh\necho \"$(basename \"$PWD\")> {name} $*\" >> {record}\nexit {ToolsExit}\n");
            File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var options = Repository.Path("samples", sample, "deployments", $"{target}.options");
        var more = File.Exists(options) ? $"--options {options}" : "";
        foreach (var action in new[] { "--preview", "--apply", "--destroy" })
        {
            var run = await IroncAsync($"{tools}:$PATH", $"deploy --target {target} {Repository.Path("samples", sample, "proxy.yaml")} -o here {more} --set {set} {action}");
            Assert.True(run.ExitCode == ToolsExit, run.Output);
        }

        Assert.Equal(new[] { preview, apply, destroy }.Select(c => $"here> {c}"), await File.ReadAllLinesAsync(record));
    }

    [Fact]
    public async Task A_tool_that_is_missing_is_named_with_the_command_to_run_by_hand()
    {
        var run = await IroncAsync(_folder, $"deploy --target k8s {Repository.Path("samples", "quickstart", "proxy.yaml")} -o here --options {Repository.Path("samples", "quickstart", "deployments", "k8s.options")} --apply");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'kubectl' cannot be run", run.Output, StringComparison.Ordinal);
        Assert.Contains("install it, or run 'cd here && kubectl apply -k .' where it is", run.Output, StringComparison.Ordinal);
    }

    private Task<ShellResult> IroncAsync(string path, string arguments) => DeploymentShell.RunAsync(
        $"PATH={path} {ProxyBinaries.Ironc} {arguments}", _folder, new Dictionary<string, string>());
}
