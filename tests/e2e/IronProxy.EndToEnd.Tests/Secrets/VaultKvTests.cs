using System.Text.Json.Nodes;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>Secrets of a Vault that the proxy logs into.</summary>
public sealed class VaultKvTests : IAsyncLifetime, IDisposable
{
    private const string Source = """{ type: vault_kv, path: apps/agent, json_key: api_key, auth: approle, ttl: 1s }""";

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly VaultServer _server = VaultServer.Start();

    private (string Name, string Value)[] Environment => [("VAULT_ADDR", _server.Url), ("VAULT_ROLE_ID", VaultServer.RoleId), ("VAULT_SECRET_ID", VaultServer.SecretId)];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_value_is_sent_and_the_next_one_behind_its_ttl_also_past_a_sealed_Vault()
    {
        _server.Versioned["secret//apps/agent"] = new JsonObject { ["api_key"] = "first-canary" };
        await using var proxy = await SourceProxy.StartAsync(_folder, Source, Environment);
        await proxy.AssertSentAsync("first-canary");

        _server.Instead = "HTTP/1.1 503 canary\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary";
        await proxy.AssertLoggedAsync("could not be read again, and its last value is used: The secret agent.api_key of line");
        _server.Versioned["secret//apps/agent"] = new JsonObject { ["api_key"] = "second-canary" };
        _server.Instead = null;
        await proxy.AssertSentAsync("second-canary");
        await proxy.StopAsync();
    }

    [Fact]
    public async Task A_start_without_it_fails_with_line_and_place() =>
        Assert.Contains("cannot be read from the Vault in VAULT_ADDR: it has no secret/apps/agent, or the newest version is deleted", await SourceProxy.FailAsync(_folder, Source, Environment), StringComparison.Ordinal);
}
