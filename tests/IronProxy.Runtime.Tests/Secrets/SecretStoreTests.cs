using IronProxy.Plan;

namespace IronProxy.Runtime.Tests.Secrets;

public sealed class SecretStoreTests
{
    /// <summary>Who sets the one that is named, and starts again to be told of the next, does not start often.</summary>
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(3, 3, false)]
    [InlineData(12, 10, true)]
    public async Task Every_secret_that_cannot_be_read_is_named(int missing, int named, bool more)
    {
        await using var world = StoreWorld.Create();
        world.Variables["THERE"] = "a-value-that-is-there";
        var store = world.Store();
        store.Add(Secret("THERE", 1));
        foreach (var i in Enumerable.Range(0, missing))
        {
            store.Add(Secret($"KEY_{i}", i + 10));
        }

        var error = await Assert.ThrowsAsync<StartupException>(() => store.ReadAllAsync(CancellationToken.None));

        Assert.StartsWith("The secret of line 10 is missing: the environment variable KEY_0 is not set.", error.Message, StringComparison.Ordinal);
        Assert.Equal(named, error.Message.Split(" is not set.").Length - 1);
        Assert.Equal(more, error.Message.EndsWith(" And 2 more.", StringComparison.Ordinal));
        Assert.DoesNotContain("THERE", error.Message, StringComparison.Ordinal);
    }

    private static SecretPlan Secret(string variable, int line) => new()
    {
        Name = variable,
        Source = new EnvSourcePlan { Var = variable, At = new SourcePosition(line, 7) },
        Inject = new InjectPlan { Header = "X-Key" },
        At = new SourcePosition(line, 5),
    };
}
