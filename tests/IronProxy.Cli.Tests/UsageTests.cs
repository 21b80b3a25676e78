namespace IronProxy.Cli.Tests;

public class UsageTests
{
    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("validate")]
    [InlineData("validate --nonsense proxy.yaml")]
    [InlineData("validate --format xml proxy.yaml")]
    [InlineData("validate nowhere/*.yaml")]
    [InlineData("test")]
    [InlineData("test --format sarif policy.test.yaml")]
    [InlineData("fmt")]
    [InlineData("schema plan")]
    [InlineData("compile a.yaml b.yaml")]
    [InlineData("explain proxy.yaml")]
    [InlineData("explain proxy.yaml --request GET")]
    [InlineData("explain proxy.yaml --request GET|api.github.com")]
    [InlineData("explain proxy.yaml --request GET|/user")]
    [InlineData("ca")]
    [InlineData("prove")]
    [InlineData("ca create --key dsa")]
    [InlineData("ca create --days none")]
    [InlineData("ca create --days 0")]
    [InlineData("ca create --out-cert same --out-key same")]
    [InlineData("doctor --probe example.com:443")]
    [InlineData("doctor --probe 198.51.100.7")]
    [InlineData("doctor --probe 198.51.100:443")]
    [InlineData("doctor --probe [2001:db8::1]:0")]
    [InlineData("doctor --probe 198.51.100.7:70000")]
    [InlineData("doctor --resolver resolver.test")]
    [InlineData("doctor --proxy ftp://198.51.100.7:21")]
    [InlineData("doctor --expect-allowed ftp://example.com/")]
    [InlineData("doctor --header Authorization")]
    [InlineData("doctor --timeout 60")]
    [InlineData("doctor --timeout soon")]
    [InlineData("doctor --outside ..")]
    [InlineData("doctor surplus")]
    public async Task A_command_line_that_makes_no_sense_gives_2_and_says_how_to_get_help(string line)
    {
        var run = await CliRun.Of([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a.Replace('|', ' '))]);

        Assert.Equal(2, run.Exit);
        Assert.Empty(run.Out);
        Assert.StartsWith("ironc: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_command_is_answered_with_the_one_that_was_meant()
    {
        var run = await CliRun.Of("valdate", "proxy.yaml");

        Assert.Contains("did you mean 'validate'?", run.Error, StringComparison.Ordinal);
        Assert.Contains("'ironc --help'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "ironc [command]", "validate <FILE>")]
    [InlineData("ca", "ironc ca [command]", "create")]
    [InlineData("prove", "Required argument 'FILE' missing", "never-allows <PATTERN>")]
    [InlineData("prove proxy.yaml", "never-allows <PATTERN>")]
    public async Task Without_a_command_the_help_says_which_there_are(string line, params string[] parts)
    {
        var run = await CliRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, run.Exit);
        Assert.Contains("ironc: a command is missing\n", run.Error, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, run.Error, StringComparison.Ordinal));
        Assert.Contains("Examples:", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api.github.com", "https://api.github.com/")]
    [InlineData("api.github.com:8443/user?a=b", "https://api.github.com:8443/user?a=b")]
    [InlineData("/user", "https://api.github.com/user")]
    public async Task A_URL_without_a_scheme_is_shown_with_one(string url, string meant)
    {
        var run = await CliRun.Of("explain", "proxy.yaml", "-r", $"GET {url}");

        Assert.Equal(2, run.Exit);
        Assert.Contains($"the URL has no scheme: write \"GET {meant}\"", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_option_is_not_taken_for_a_file()
    {
        var run = await CliRun.Of("validate", "--strcit", "proxy.yaml");

        Assert.Equal(2, run.Exit);
        Assert.Contains("Unrecognized option '--strcit'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_argument_that_begins_with_an_at_sign_is_not_a_response_file()
    {
        var run = await CliRun.Of("validate", "@proxy.yaml");

        Assert.Equal(1, run.Exit);
        Assert.Contains("cannot read @proxy.yaml", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_without_a_name_is_refused_without_repeating_it()
    {
        var run = await CliRun.Of("explain", "proxy.yaml", "-r", "GET https://example.com/", "-H", "sk-was-this-a-secret");

        Assert.Equal(2, run.Exit);
        Assert.DoesNotContain("sk-was-this-a-secret", run.ToString(), StringComparison.Ordinal);
    }
}
