using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Tests.Secrets;

public class SecretReaderTests
{
    private const string Canary = "canary-5f2b";

    /// <summary>No source here is asked over a network.</summary>
    private static readonly HttpMessageInvoker NoHttp = new(new SocketsHttpHandler());

    [Fact]
    public async Task An_environment_variable_is_read() =>
        Assert.Equal(Canary, (await ReadAsync(new EnvSourcePlan { Var = "KEY", At = new(3, 9) }, variable: Canary)).Reveal());

    [Fact]
    public async Task A_variable_that_is_not_set_is_named_with_its_line()
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => ReadAsync(new EnvSourcePlan { Var = "KEY", At = new(3, 9) }));
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("KEY", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Canary)]
    [InlineData(Canary + "\n")]
    [InlineData(Canary + "\r\n")]
    public async Task One_line_break_at_the_end_of_a_file_is_not_part_of_the_value(string content) =>
        Assert.Equal(Canary, (await ReadAsync(new FileSourcePlan { Path = "key.txt", At = new(3, 9) }, file: content)).Reveal());

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => ReadAsync(new FileSourcePlan { Path = "key.txt", At = new(3, 9) }));
        Assert.Contains("key.txt", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":"canary-5f2b","b":1}""", "a", Canary)]
    [InlineData("""{"a":"x","b":17}""", "b", "17")]
    public async Task A_json_member_is_taken(string value, string key, string expected) =>
        Assert.Equal(expected, (await ReadAsync(new EnvSourcePlan { Var = "KEY", JsonKey = key, At = new(3, 9) }, variable: value)).Reveal());

    [Theory]
    [InlineData("canary-5f2b is not json")]
    [InlineData("""{"other":"canary-5f2b"}""")]
    [InlineData("""{"a":{"b":"canary-5f2b"}}""")]
    [InlineData("""["canary-5f2b"]""")]
    [InlineData("""{"a":"canary-5f2b\ud800"}""")]
    public async Task What_has_no_such_member_stops_the_start_and_is_not_quoted(string value)
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => ReadAsync(new EnvSourcePlan { Var = "KEY", JsonKey = "a", At = new(3, 9) }, variable: value));
        Assert.DoesNotContain(Canary, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_stop_the_start_and_are_not_quoted()
    {
        var error = await Assert.ThrowsAsync<StartupException>(() => ReadAsync(new FileSourcePlan { Path = "key.txt", At = new(3, 9) }, file: Canary + "\uFFFD"));
        Assert.Contains("KEY of line 2 is not UTF-8", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_does_not_show_itself() =>
        Assert.Equal("***", $"{new SecretValue(Canary)}");

    private static async Task<SecretValue> ReadAsync(SecretSourcePlan source, string? variable = null, string? file = null)
    {
        var host = new HostAccess(
            name => name == "KEY" ? variable : null,
            path => path == "key.txt" && file is not null ? file : throw new FileNotFoundException(),
            OpenFiles: 1024);
        return await new SecretReader(host, NoHttp, _ => NoHttp).ReadAsync(source, "KEY", new(2, 7), CancellationToken.None);
    }
}
