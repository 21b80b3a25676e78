using System.Globalization;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>Secrets of a cluster whose pod the proxy believes to be in.</summary>
public sealed class KubernetesSourceTests : IAsyncLifetime, IDisposable
{
    private const string Source = "{ type: kubernetes, name: api-keys, key: openai, ttl: 1s }";

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly KubernetesServer _server = KubernetesServer.Start();

    private (string Name, string Value)[] Environment => [("KUBERNETES_SERVICE_HOST", "127.0.0.1"), ("KUBERNETES_SERVICE_PORT", _server.Port.ToString(CultureInfo.InvariantCulture))];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_value_is_sent_and_the_next_one_behind_its_ttl_also_past_a_token_that_is_replaced()
    {
        Skip.IfNot(System.Environment.IsPrivilegedProcess, "a file system is mounted");
        Keep("first-canary");
        var account = KubernetesServer.ServiceAccount.Replace("/var/run/", "/run/", StringComparison.Ordinal);
        await using var proxy = await SourceProxy.StartInShellAsync(
            _folder,
            $"mount -t tmpfs tmpfs /run; mkdir -p {account}; cp {_folder.Write("ca.pod", _server.CaPem)} {account}ca.crt; cp {_folder.Write("token.pod", _server.Token)} {account}token; printf agents > {account}namespace",
            Source,
            Environment);
        await proxy.AssertSentAsync("first-canary");

        _server.Token = "canary.token.behind-rotation";
        Keep("second-canary");
        await proxy.AssertLoggedAsync("could not be read again, and its last value is used: The secret api-keys.openai of line");
        await proxy.AssertLoggedAsync("it does not accept the token of the pod's service account (401)");
        await File.WriteAllTextAsync($"/proc/{proxy.Id}/root{account}token", _server.Token);
        await proxy.AssertSentAsync("second-canary");
        await proxy.StopAsync();
    }

    [Fact]
    public async Task A_start_outside_of_a_cluster_fails_with_line_and_reason() => Assert.Contains(
        "cannot be read from the API of Kubernetes: the environment variable KUBERNETES_SERVICE_HOST is not set, as it is in each pod of a cluster", await SourceProxy.FailAsync(_folder, Source), StringComparison.Ordinal);

    private void Keep(string value) => _server.Secrets["agents/api-keys"] = new(StringComparer.Ordinal) { ["openai"] = KubernetesServer.Base64(value) };
}
