using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>Secrets of a 1Password Connect server.</summary>
public sealed class OnePasswordConnectTests : IAsyncLifetime, IDisposable
{
    private const string Source = """{ type: 1password_connect, secret_ref: "op://Engineering/OpenAI/credential", ttl: 1s }""";

    private readonly ProxyFolder _folder = ProxyFolder.Create();
    private readonly ConnectServer _server = ConnectServer.Start();

    private (string Name, string Value)[] Environment => [("OP_CONNECT_HOST", _server.Url), ("OP_CONNECT_TOKEN", ConnectServer.Token)];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _server.DisposeAsync().AsTask();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_value_is_sent_and_the_next_one_behind_its_ttl_also_past_a_failure()
    {
        _server.Add("credential", "credential", "first-canary");
        await using var proxy = await SourceProxy.StartAsync(_folder, Source, Environment);
        await proxy.AssertSentAsync("first-canary");

        _server.Instead = "HTTP/1.1 500 canary\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary";
        await proxy.AssertLoggedAsync("could not be read again, and its last value is used: The secret op://Engineering/OpenAI/credential of line");
        _server.Clear();
        _server.Add("credential", "credential", "second-canary");
        _server.Instead = null;
        await proxy.AssertSentAsync("second-canary");
        await proxy.StopAsync();
    }

    [Fact]
    public async Task A_start_without_it_fails_with_line_and_place()
    {
        _server.Add("other", "other", "first-canary");
        Assert.Contains("The secret op://Engineering/OpenAI/credential of line ", await SourceProxy.FailAsync(_folder, Source, Environment), StringComparison.Ordinal);
    }
}
