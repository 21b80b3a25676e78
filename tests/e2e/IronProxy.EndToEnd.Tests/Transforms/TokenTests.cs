using System.Text.Json;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>What holds for every transform that mints.</summary>
/// <param name="world">The proxy, and who mints.</param>
/// <param name="prefix">What the names of its scenarios begin with.</param>
public abstract class TokenTests(TokenWorld world, string prefix = "")
{
    [SkippableFact]
    public async Task All_who_ask_first_wait_for_one_who_mints()
    {
        world.Require();
        var asking = Enumerable.Range(0, 40).Select(_ => world.GetAsync(prefix + "slow")).ToArray();
        await world.ReleaseAsync();
        Assert.StartsWith($"200 granted {prefix}slow ", Assert.Single((await Task.WhenAll(asking).WaitAsync(Patience.Program)).Distinct()), StringComparison.Ordinal);
    }

    [SkippableFact]
    public Task A_token_that_ends_soon_is_minted_again_before_it_does() => RequireRenewalAsync(prefix + "short");

    private protected async Task RequireRenewalAsync(string scenario)
    {
        var first = await world.GetAsync(scenario);
        Assert.True(await Patience.UntilAsync(async () => await world.GetAsync(scenario) is var next && next != first && next.StartsWith("200 ", StringComparison.Ordinal)));
    }

    /// <summary>Sends a request that gets no token, and is refused.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="said">What the server says behind the name of the scenario. Null when nobody listens.</param>
    /// <returns>The record.</returns>
    private protected async Task<JsonElement> RequireRefusalAsync(string scenario, string? said)
    {
        world.Require();
        var mark = await world.Proxy.MarkAsync();
        var answer = await world.GetAsync(scenario);
        Assert.StartsWith("502 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(TokenWorld.Canary, answer, StringComparison.Ordinal);
        if (said is not null)
        {
            Assert.Equal($"token {scenario} {said}", await world.AskedAsync(scenario));
        }

        var record = (await world.Proxy.RecordsSinceAsync(mark, 2))[^1];
        Assert.Equal("token_unavailable", record.GetProperty("audit").GetProperty("reason").GetString());
        return record;
    }
}
