using System.Text.Json.Nodes;
using IronProxy.Plan;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

public sealed class VaultKvTests : IAsyncLifetime
{
    private const string Canary = "canary-8c1e";

    private readonly VaultServer _server = VaultServer.Start();
    private readonly StoreWorld _world = StoreWorld.Create();

    public Task InitializeAsync()
    {
        _world.Variables["VAULT_ADDR"] = _server.Url;
        _world.Variables["VAULT_TOKEN"] = VaultServer.Token;
        _world.Variables["VAULT_ROLE_ID"] = VaultServer.RoleId;
        _world.Variables["VAULT_SECRET_ID"] = VaultServer.SecretId;
        _world.Files["/jwt"] = VaultServer.Jwt + "\n";
        _server.Versioned["secret//apps/agent"] = new JsonObject { ["api_key"] = Canary, ["other"] = 7 };
        _server.Versioned["team kv/v2//a b/c"] = new JsonObject { ["api_key"] = "of the team" };
        _server.Plain["kv/apps/agent"] = new JsonObject { ["api_key"] = "of version 1" };
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_member_is_read_with_a_token()
    {
        Assert.Equal(Canary, await _world.ReadAsync(Source));
        Assert.Equal("GET /v1/secret/data/apps/agent HTTP/1.1", Assert.Single(_server.Asked));
        Assert.Equal("7", await _world.ReadAsync(Source with { JsonKey = "other" }));
        Assert.Equal($$"""{"api_key":"{{Canary}}","other":7}""", await _world.ReadAsync(Source with { JsonKey = null }));
    }

    [Fact]
    public async Task Mounts_and_paths_may_have_slashes_and_blanks_and_version_1_has_no_data_in_its_path()
    {
        Assert.Equal("of the team", await _world.ReadAsync(Source with { Mount = "team kv/v2", Path = "a b/c" }));
        Assert.Equal("of version 1", await _world.ReadAsync(Source with { Mount = "kv", KvVersion = 1 }));
        Assert.Equal(["GET /v1/team%20kv/v2/data/a%20b/c HTTP/1.1", "GET /v1/kv/apps/agent HTTP/1.1"], _server.Asked);
    }

    [Fact]
    public async Task Namespaces_are_asked_for()
    {
        _server.Namespace = "team/a";
        Assert.Equal(Canary, await _world.ReadAsync(Source with { Namespace = "team/a" }));
        Assert.Contains("it has no secret/apps/agent", await _world.FailAsync(Source), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("approle")]
    [InlineData("machines/approle")]
    public async Task An_AppRole_logs_in_for_each_reading(string mount)
    {
        var source = AppRole with { AuthMount = mount };
        Assert.Equal(Canary, await _world.ReadAsync(source));
        Assert.Equal([$"POST /v1/auth/{mount}/login HTTP/1.1", "GET /v1/secret/data/apps/agent HTTP/1.1"], _server.Asked);
    }

    [Fact]
    public async Task A_service_account_logs_in() => Assert.Equal(Canary, await _world.ReadAsync(Kubernetes));

    [Fact]
    public async Task What_is_not_there_or_not_allowed_is_said()
    {
        Assert.Contains("it has no secret/apps/none, or the newest version is deleted", await _world.FailAsync(Source with { Path = "apps/none" }), StringComparison.Ordinal);
        Assert.Contains("; the path is written without secret/ and data/", await _world.FailAsync(Source with { Path = "secret/data/apps" }), StringComparison.Ordinal);
        Assert.Contains("it has no secret/none, or its engine is of version 2,", await _world.FailAsync(Source with { Path = "none", KvVersion = 1 }), StringComparison.Ordinal);
        Assert.Contains("the token is not good, or may not read secret/hidden", await _world.FailAsync(Source with { Path = "hidden" }), StringComparison.Ordinal);
        Assert.Contains("it has no login at auth/none", await _world.FailAsync(AppRole with { AuthMount = "none" }), StringComparison.Ordinal);
        Assert.Contains("has no JSON member 'none'", (await Assert.ThrowsAsync<StartupException>(() => _world.ReadAsync(Source with { JsonKey = "none" }))).Message, StringComparison.Ordinal);
        _world.Files["/jwt"] = "another-canary";
        Assert.Contains("it does not accept the login kubernetes at auth/kubernetes", await _world.FailAsync(Kubernetes), StringComparison.Ordinal);
        _world.Files["/jwt"] = "\n";
        Assert.Contains("the file /jwt does not hold a token", await _world.FailAsync(Kubernetes), StringComparison.Ordinal);
        _world.Files.Clear();
        Assert.Contains("the file /jwt, with the token of the service account, cannot be read (FileNotFoundException)", await _world.FailAsync(Kubernetes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("VAULT_TOKEN", "another-canary", "the token is not good")]
    [InlineData("VAULT_TOKEN", "canary\r\nX-Admin: yes", "VAULT_TOKEN holds what is no token")]
    [InlineData("VAULT_TOKEN", "", "VAULT_TOKEN, with the token, is not set")]
    [InlineData("VAULT_ADDR", "", "VAULT_ADDR, with the server's URL, is not set")]
    [InlineData("VAULT_ADDR", "vault-canary:8200", "VAULT_ADDR does not hold a URL")]
    public async Task Variables_that_are_wrong_are_named_and_not_quoted(string name, string value, string expected)
    {
        _world.Variables[name] = value;
        Assert.Contains(expected, await _world.FailAsync(Source), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("VAULT_SECRET_ID", "another-canary", "it does not accept the login approle at auth/approle")]
    [InlineData("VAULT_ROLE_ID", "", "VAULT_ROLE_ID, with the role's id, is not set")]
    public async Task A_login_that_is_not_accepted_is_said(string name, string value, string expected)
    {
        _world.Variables[name] = value;
        Assert.Contains(expected, await _world.FailAsync(AppRole), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/canary\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "it is not the active node")]
    [InlineData("HTTP/1.1 503 canary\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "it is sealed or under maintenance (503)")]
    [InlineData("HTTP/1.1 500 canary\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "it answered 500")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "not the API of Vault")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{\"data\":{\"data\":null}", "not the API of Vault")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{\"data\":{\"data\":null}}", "not the API of Vault")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]", "not the API of Vault")]
    public async Task Other_answers_are_said_and_not_repeated(string answer, string expected)
    {
        _server.Instead = answer;
        Assert.Contains(expected, await _world.FailAsync(Source), StringComparison.Ordinal);
        Assert.Contains("cannot be read from the Vault in VAULT_ADDR: ", await _world.FailAsync(AppRole), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_read_again_behind_its_ttl()
    {
        Assert.Null(Source.Lifetime);
        Assert.Equal(TimeSpan.FromMinutes(15), (Source with { TtlMs = 900_000 }).Lifetime);
    }

    private static VaultKvSourcePlan Source => new()
    {
        AddressEnv = "VAULT_ADDR",
        Mount = "secret",
        Path = "apps/agent",
        KvVersion = 2,
        Auth = VaultKvSourcePlan.Token,
        TokenEnv = "VAULT_TOKEN",
        JsonKey = "api_key",
        TtlMs = 0,
        At = new(3, 9),
    };

    private static VaultKvSourcePlan AppRole => Source with
    {
        Auth = VaultKvSourcePlan.AppRole,
        AuthMount = "approle",
        TokenEnv = null,
        RoleIdEnv = "VAULT_ROLE_ID",
        SecretIdEnv = "VAULT_SECRET_ID",
    };

    private static VaultKvSourcePlan Kubernetes => Source with { Auth = VaultKvSourcePlan.Kubernetes, AuthMount = "kubernetes", TokenEnv = null, Role = "agent", JwtPath = "/jwt" };
}
