using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Secrets;

/// <summary>Secrets that the command <c>op</c> reads. A script stands in its place.</summary>
public sealed class OnePasswordTests : IDisposable
{
    /// <summary>It answers by the item, and writes down what it was given.</summary>
    private const string Script = """
        #!/bin/sh
        here=$(dirname "$0")
        env > "$here/environment"
        printf '%s\n' "$PWD" "$@" > "$here/arguments"
        [ "$OP_SERVICE_ACCOUNT_TOKEN" = "token-canary" ] || { echo "[ERROR] canary: (401) (Unauthorized)" >&2; exit 1; }
        case "$3" in
        op://Engineering/OpenAI/*) cat "$here/value" ;;
        op://*/vaultless/*) echo "[ERROR] \"canary\" isn't a vault in this account." >&2; exit 1 ;;
        op://*/rate/*) echo "[ERROR] (429) Too Many Requests: canary" >&2; exit 6 ;;
        op://*/odd/*) echo "canary on both outputs"; echo "canary" >&2; exit 7 ;;
        op://*/large/*) head -c 3000000 /dev/zero ;;
        op://*/loud/*) head -c 3000000 /dev/zero >&2 ;;
        op://*/binary/*) printf 'canary\377' ;;
        op://*/input/*) cat ;;
        op://*/hang/*) echo $$ > "$here/pid.new"; mv "$here/pid.new" "$here/pid"; sleep 1000 & wait ;;
        esac

        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public OnePasswordTests()
    {
        Directory.CreateDirectory(_folder.File("bin"));
        File.SetUnixFileMode(_folder.Write("bin/op", Script), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private (string Name, string Value)[] Environment =>
        [("PATH", _folder.File("bin") + ":/usr/bin:/bin"), ("OP_SERVICE_ACCOUNT_TOKEN", "token-canary"), ("OTHER_KEY", "other-canary"), ("OP_CONNECT_TOKEN", "connect-canary")];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_value_is_sent_and_the_next_one_behind_its_ttl()
    {
        _folder.Write("bin/value", "first-canary");
        await using var proxy = await SourceProxy.StartAsync(_folder, """{ type: 1password, secret_ref: "op://Engineering/OpenAI/api key", ttl: 1s }""", Environment);
        await proxy.AssertSentAsync("first-canary");
        _folder.Write("bin/value.new", "second-canary");
        File.Move(_folder.File("bin/value.new"), _folder.File("bin/value"), overwrite: true);
        await proxy.AssertSentAsync("second-canary");
        await proxy.StopAsync();
        Assert.Equal("/\nread\n--no-newline\nop://Engineering/OpenAI/api key\n", await File.ReadAllTextAsync(_folder.File("bin/arguments")));
    }

    [Fact]
    public async Task The_command_sees_its_token_and_no_other_secret()
    {
        _folder.Write("bin/value", "first-canary");
        (string, string)[] renamed = [.. Environment.Where(v => v.Name != "OP_SERVICE_ACCOUNT_TOKEN"), ("MY_TOKEN", "token-canary")];
        await using var proxy = await SourceProxy.StartAsync(_folder, """{ type: 1password, secret_ref: "op://Engineering/OpenAI/key", token_env: MY_TOKEN }""", renamed);
        var seen = (await File.ReadAllLinesAsync(_folder.File("bin/environment"))).Where(l => l.Contains("canary", StringComparison.Ordinal));
        Assert.Equal("OP_SERVICE_ACCOUNT_TOKEN=token-canary", Assert.Single(seen));
    }

    [Theory]
    [InlineData("vaultless", "there is no such vault, or the service account may not read it (exit status 1)")]
    [InlineData("rate", "the service account has no requests left for now (exit status 6)")]
    [InlineData("odd", "'op read' failed (exit status 7)")]
    [InlineData("large", "'op' printed more than 1048576 bytes")]
    [InlineData("loud", "'op' printed more than 1048576 bytes")]
    [InlineData("binary", "is not UTF-8 text")]
    [InlineData("input", "the field is empty")]
    [InlineData("none", "the field is empty")]
    public async Task A_failure_is_told_in_words_of_ours(string item, string expected)
    {
        var error = await FailAsync(item, Environment);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains($"op://v/{item}/f of line ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OP_SERVICE_ACCOUNT_TOKEN", "another-canary", "the service account's token is not accepted")]
    [InlineData("OP_SERVICE_ACCOUNT_TOKEN", "", "OP_SERVICE_ACCOUNT_TOKEN, with the service account's token, is not set")]
    [InlineData("PATH", "/nowhere:bin:.", "the command 'op' of 1Password is in no folder of PATH")]
    public async Task What_the_environment_lacks_is_said(string variable, string value, string expected)
    {
        _folder.Write("bin/value", "first-canary");
        Assert.Contains(expected, await FailAsync("x", [.. Environment, (variable, value)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_hangs_is_ended_with_the_start()
    {
        Assert.Contains("'op' did not end within 25 s", await FailAsync("hang", Environment), StringComparison.Ordinal);
        var pid = (await File.ReadAllTextAsync(_folder.File("bin/pid"))).Trim();
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(!Directory.Exists("/proc/" + pid))));
    }

    private Task<string> FailAsync(string item, IEnumerable<(string Name, string Value)> environment) =>
        SourceProxy.FailAsync(_folder, $"{{ type: 1password, secret_ref: \"op://v/{item}/f\" }}", environment);
}
