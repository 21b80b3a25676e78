using System.Globalization;
using IronProxy.Plan;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

public sealed class KubernetesTests : IAsyncLifetime
{
    private const string Canary = "canary-51fe";
    private const string TokenFile = KubernetesServer.ServiceAccount + "token";
    private const string CaFile = KubernetesServer.ServiceAccount + "ca.crt";
    private const string NamespaceFile = KubernetesServer.ServiceAccount + "namespace";

    private readonly KubernetesServer _server = KubernetesServer.Start();
    private readonly StoreWorld _world = StoreWorld.Create();

    private static KubernetesSourcePlan Source => new() { Name = "api-keys", Key = "openai", TtlMs = 0, At = new(3, 9) };

    public Task InitializeAsync()
    {
        _world.Variables["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
        _world.Variables["KUBERNETES_SERVICE_PORT"] = _server.Port.ToString(CultureInfo.InvariantCulture);
        _world.Files[TokenFile] = _server.Token;
        _world.Files[CaFile] = _server.CaPem;
        _world.Files[NamespaceFile] = "iron-proxy";
        _server.Secrets["iron-proxy/api-keys"] = new()
        {
            ["openai"] = KubernetesServer.Base64(Canary),
            ["json"] = KubernetesServer.Base64($$"""{"token":"{{Canary}}"}"""),
            ["line"] = KubernetesServer.Base64(Canary + "\n"),
            ["lines"] = KubernetesServer.Base64(Canary + "\n\n"),
            ["empty"] = "",
            ["blank"] = KubernetesServer.Base64("\n"),
            ["broken"] = "canary!",
            ["bytes"] = Convert.ToBase64String([0xFF, 0xFE, 0x80]),
        };
        _server.Secrets["team-a/api-keys"] = new() { ["openai"] = KubernetesServer.Base64("of team a") };
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_key_is_read_in_the_namespace_of_the_pod_or_another()
    {
        Assert.Equal(Canary, await _world.ReadAsync(Source));
        Assert.Equal("of team a", await _world.ReadAsync(Source with { Namespace = "team-a" }));
        Assert.Equal(["GET /api/v1/namespaces/iron-proxy/secrets/api-keys HTTP/1.1", "GET /api/v1/namespaces/team-a/secrets/api-keys HTTP/1.1"], _server.Asked);
    }

    [Fact]
    public async Task The_value_is_what_a_mounted_file_would_give()
    {
        Assert.Equal(Canary, await _world.ReadAsync(Source with { Key = "line" }));
        Assert.Equal(Canary + "\n", await _world.ReadAsync(Source with { Key = "lines" }));
        Assert.Equal(Canary, await _world.ReadAsync(Source with { Key = "json", JsonKey = "token" }));
    }

    [Fact]
    public async Task Token_and_CA_are_read_with_each_reading()
    {
        Assert.Equal(Canary, await _world.ReadAsync(Source));
        _server.Token = "canary.token.behind-rotation";
        Assert.Contains("it does not accept the token of the pod's service account (401)", await _world.FailAsync(Source), StringComparison.Ordinal);
        _world.Files[TokenFile] = _server.Token + "\n";
        Assert.Equal(Canary, await _world.ReadAsync(Source));

        await using var other = KubernetesServer.Start();
        _world.Files[CaFile] = other.CaPem;
        Assert.Contains("the request failed: SecureConnectionError", await _world.FailAsync(Source), StringComparison.Ordinal);
        _world.Files[CaFile] = other.CaPem + "\n" + _server.CaPem;
        Assert.Equal(Canary, await _world.ReadAsync(Source));
    }

    [Theory]
    [InlineData("hidden", "openai", "the pod's service account may not get the Secret hidden in the namespace iron-proxy (403): bind it to a role that does")]
    [InlineData("none", "openai", "there is no Secret none in the namespace iron-proxy")]
    [InlineData("api-keys", "none", "the Secret api-keys in the namespace iron-proxy has no key none")]
    [InlineData("api-keys", "broken", "its key broken is not in base64")]
    [InlineData("api-keys", "empty", "its key empty is empty")]
    [InlineData("api-keys", "blank", "its key blank is empty")]
    public async Task What_is_not_there_or_not_allowed_is_said(string name, string key, string expected) =>
        Assert.Equal($"The secret {name}.{key} of line 3 cannot be read from the API of Kubernetes: {expected}.", await _world.FailAsync(Source with { Name = name, Key = key }));

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused() => Assert.Contains(
        "is not UTF-8 text", (await Assert.ThrowsAsync<StartupException>(() => _world.ReadAsync(Source with { Key = "bytes" }))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("KUBERNETES_SERVICE_HOST", "", "the environment variable KUBERNETES_SERVICE_HOST is not set, as it is in each pod of a cluster")]
    [InlineData("KUBERNETES_SERVICE_PORT", "", "the environment variable KUBERNETES_SERVICE_PORT is not set, as it is in each pod of a cluster")]
    [InlineData("KUBERNETES_SERVICE_PORT", "canary", "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no address and port")]
    [InlineData("KUBERNETES_SERVICE_HOST", "canary/path?", "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no address and port")]
    [InlineData("KUBERNETES_SERVICE_HOST", "user@canary", "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no address and port")]
    public async Task Variables_that_are_wrong_are_named_and_not_quoted(string name, string value, string expected)
    {
        _world.Variables[name] = value;
        Assert.Contains(expected, await _world.FailAsync(Source), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token", "canary\nX-Admin: yes", "token does not hold a token")]
    [InlineData("token", "", "token does not hold a token")]
    [InlineData("ca.crt", "canary", "ca.crt holds no certificate")]
    [InlineData("ca.crt", "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----", "ca.crt holds no certificate")]
    [InlineData("token", null, "token of the pod's service account cannot be read (FileNotFoundException)")]
    [InlineData("ca.crt", null, "ca.crt of the pod's service account cannot be read (FileNotFoundException)")]
    [InlineData("namespace", null, "namespace of the pod's service account cannot be read (FileNotFoundException)")]
    public async Task Files_that_are_wrong_are_named_and_not_quoted(string name, string? content, string expected)
    {
        _world.Files.Remove(KubernetesServer.ServiceAccount + name);
        if (content is not null)
        {
            _world.Files[KubernetesServer.ServiceAccount + name] = content;
        }

        Assert.Contains($"the file {KubernetesServer.ServiceAccount}{expected}", await _world.FailAsync(Source), StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Theory]
    [InlineData("HTTP/1.1 500 canary\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "it answered 500")]
    [InlineData("HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/canary\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "it answered 307")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary", "not the API of Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]", "not the API of Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 17\r\nConnection: close\r\n\r\n{\"kind\":\"Status\"}", "not the API of Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 29\r\nConnection: close\r\n\r\n{\"kind\":\"Secret\",\"data\":true}", "not the API of Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 38\r\nConnection: close\r\n\r\n{\"kind\":\"Secret\",\"data\":{\"openai\":17}}", "not the API of Kubernetes")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 29\r\nConnection: close\r\n\r\n{\"kind\":\"Secret\",\"data\":null}", "has no key openai")]
    public async Task Other_answers_are_said_and_not_repeated(string answer, string expected)
    {
        _server.Instead = answer;
        Assert.Contains(expected, await _world.FailAsync(Source), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_API_that_does_not_answer_is_given_up()
    {
        _server.Instead = "";
        using var gaveUp = new CancellationTokenSource();
        var reading = _world.ReadAsync(Source, gaveUp.Token);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(!_server.Asked.IsEmpty)));
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public void A_value_is_read_again_behind_its_ttl()
    {
        Assert.Null(Source.Lifetime);
        Assert.Equal(TimeSpan.FromMinutes(15), (Source with { TtlMs = 900_000 }).Lifetime);
    }
}
