using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands;

public class SchemaTests
{
    [Theory]
    [InlineData("", "proxy.schema.json")]
    [InlineData("proxy", "proxy.schema.json")]
    [InlineData("test", "policy-test.schema.json")]
    [InlineData("settings", "settings.schema.json")]
    public async Task The_checked_in_schema_is_printed(string argument, string file)
    {
        var run = await CliRun.Of(["schema", .. argument.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(0, run.Exit);
        Assert.Equal(await File.ReadAllTextAsync(RepositoryRoot.Combine("schema", file)), run.Out);
    }
}
