using IronProxy.Plan;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

public sealed class OnePasswordConnectTests : IAsyncLifetime
{
    private const string Canary = "canary-8c1e";

    private readonly ConnectServer _server = ConnectServer.Start();
    private readonly StoreWorld _world = StoreWorld.Create();

    public Task InitializeAsync()
    {
        _world.Variables["OP_CONNECT_HOST"] = _server.Url;
        _world.Variables["OP_CONNECT_TOKEN"] = ConnectServer.Token;
        _server.Add("credential", "credential", Canary);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("op://Engineering/OpenAI/credential")]
    [InlineData("op://engineering/OPENAI/Credential")]
    [InlineData($"op://{ConnectServer.VaultId}/OpenAI/credential")]
    [InlineData($"op://Engineering/{ConnectServer.ItemId}/credential")]
    public async Task A_field_is_found_by_titles_and_by_ids(string reference) => Assert.Equal(Canary, await _world.ReadAsync(Source(reference)));

    [Fact]
    public async Task What_ids_name_is_asked_for_at_once()
    {
        Assert.Equal(Canary, await _world.ReadAsync(Source($"op://{ConnectServer.VaultId}/{ConnectServer.ItemId}/credential")));
        Assert.Equal($"GET /v1/vaults/{ConnectServer.VaultId}/items/{ConnectServer.ItemId} HTTP/1.1", Assert.Single(_server.Asked));
    }

    [Theory]
    [InlineData("production/key", "of production")]
    [InlineData("s2/key", "of staging")]
    [InlineData("Staging/k3", "of staging")]
    [InlineData("key", "of none")]
    [InlineData("lonely", "in production")]
    [InlineData("case", "small")]
    public async Task Sections_tell_fields_of_one_name_apart(string field, string expected)
    {
        _server.Sections.Add(Section("s1", "Production"));
        _server.Sections.Add(Section("s2", "Staging"));
        _server.Add("k1", "key", "of none");
        _server.Add("k2", "key", "of production", "s1");
        _server.Add("k3", "key", "of staging", "s2");
        _server.Add("k4", "lonely", "in production", "s1");
        _server.Add("k5", "case", "small");
        _server.Add("k6", "CASE", "big");

        Assert.Equal(expected, await _world.ReadAsync(Source("op://Engineering/OpenAI/" + field)));
    }

    [Theory]
    [InlineData("op://Nowhere/OpenAI/credential", "it has no vault 'Nowhere'")]
    [InlineData("op://TWICE/OpenAI/credential", "it has several vaults 'TWICE': write the id instead")]
    [InlineData("op://Hidden/OpenAI/credential", "the token in OP_CONNECT_TOKEN may not read the item 'OpenAI'")]
    [InlineData("op://Engineering/Nothing/credential", "it has no item 'Nothing'")]
    [InlineData("op://Engineering/bbbbbbbbbbbbbbbbbbbbbbbbb9/credential", "it has no item 'bbbbbbbbbbbbbbbbbbbbbbbbb9'")]
    [InlineData("op://Say \"hi\" \\ & more/x/credential", "it has no item 'x'")]
    [InlineData("op://Engineering/OpenAI/none", "it has no field 'none'")]
    [InlineData("op://Engineering/OpenAI/none/credential", "the item has no section 'none'")]
    [InlineData("op://Engineering/OpenAI/empty", "the field 'empty' is empty")]
    [InlineData("op://Engineering/OpenAI/valueless", "the field 'valueless' is empty")]
    [InlineData("op://Engineering/OpenAI/same", "it has several fields 'same'")]
    [InlineData("op://Engineering/OpenAI/code?attribute=otp", "the source 1password has")]
    public async Task What_is_not_there_is_said(string reference, string expected)
    {
        _server.Add("e", "empty", "");
        _server.Add("v", "valueless", null);
        _server.Add("x", "same", Canary);
        _server.Add("y", "same", Canary);
        Assert.Contains(expected, await _world.FailAsync(Source(reference)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/canary\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "it answered 302")]
    [InlineData("HTTP/1.1 503 canary\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "it answered 503")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "not the API of 1Password Connect")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{\"canary\":", "not the API of 1Password Connect")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n[{\"name\":17}", "not the API of 1Password Connect")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n[{\"name\":\"Engineering\"}", "not the API of 1Password Connect")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\ncanary", "the request failed")]
    [InlineData("canary\r\n\r\n", "the request failed")]
    public async Task Other_answers_are_said_and_not_repeated(string answer, string expected)
    {
        _server.Instead = answer;
        Assert.Contains(expected, await _world.FailAsync(Source("op://Engineering/OpenAI/credential")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_megabytes_is_not_read_to_its_end()
    {
        _server.Instead = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + new string('x', 2 * 1024 * 1024);
        Assert.Contains("it answered more than 1 MiB", await _world.FailAsync(Source("op://Engineering/OpenAI/credential")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said()
    {
        _world.Variables["OP_CONNECT_HOST"] = "http://127.0.0.1:9";
        Assert.Contains("cannot be read from 1Password Connect: ", await _world.FailAsync(Source("op://Engineering/OpenAI/credential")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_silent_is_given_up_with_the_reading()
    {
        _server.Instead = "";
        using var stop = new CancellationTokenSource();
        var reading = _world.ReadAsync(Source("op://Engineering/OpenAI/credential"), stop.Token);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(!_server.Asked.IsEmpty)));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience.Event));
    }

    [Theory]
    [InlineData("OP_CONNECT_TOKEN", "another-canary", "it does not accept the token in OP_CONNECT_TOKEN")]
    [InlineData("OP_CONNECT_TOKEN", "canary\r\nX-Admin: yes", "OP_CONNECT_TOKEN holds what is no token")]
    [InlineData("OP_CONNECT_TOKEN", "", "OP_CONNECT_TOKEN, with the server's token, is not set")]
    [InlineData("OP_CONNECT_HOST", "", "OP_CONNECT_HOST, with the server's URL, is not set")]
    [InlineData("OP_CONNECT_HOST", "connect-canary:8080", "OP_CONNECT_HOST does not hold a URL")]
    [InlineData("OP_CONNECT_HOST", "http://user:canary@127.0.0.1", "OP_CONNECT_HOST does not hold a URL")]
    public async Task Variables_that_are_wrong_are_named_and_not_quoted(string name, string value, string expected)
    {
        _world.Variables[name] = value;
        Assert.Contains(expected, await _world.FailAsync(Source("op://Engineering/OpenAI/credential")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_read_again_behind_its_ttl()
    {
        Assert.Null(Source("op://a/b/c").Lifetime);
        Assert.Equal(TimeSpan.FromMinutes(15), (Source("op://a/b/c") with { TtlMs = 900_000 }).Lifetime);
    }

    private static OnePasswordConnectSourcePlan Source(string reference) =>
        new() { SecretRef = reference, HostEnv = "OP_CONNECT_HOST", TokenEnv = "OP_CONNECT_TOKEN", TtlMs = 0, At = new(3, 9) };

    private static System.Text.Json.Nodes.JsonObject Section(string id, string label) => new() { ["id"] = id, ["label"] = label };
}
