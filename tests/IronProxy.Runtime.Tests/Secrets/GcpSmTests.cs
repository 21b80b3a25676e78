using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Tests.Secrets;

/// <summary>What does not take Google's library: the end-to-end tests have the rest.</summary>
public sealed class GcpSmTests : IAsyncLifetime
{
    private static readonly GcpSmSourcePlan Secret = new() { SecretId = "projects/p/secrets/key/versions/latest", TtlMs = 0, At = new(3, 9) };

    private readonly StoreWorld _world = StoreWorld.Create();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_program_without_Google_says_so() =>
        Assert.Contains("this program has no way to Google Cloud", await _world.FailAsync(Secret), StringComparison.Ordinal);

    [Fact]
    public async Task A_machine_without_credentials_says_so()
    {
        _world.Gcp = new Machine();
        Assert.Equal(
            "The secret projects/p/secrets/key/versions/latest of line 3 cannot be read from Google Secret Manager: no token for https://www.googleapis.com/auth/cloud-platform.",
            await _world.FailAsync(Secret));
    }

    [Fact]
    public void A_value_is_read_again_behind_its_ttl()
    {
        Assert.Null(Secret.Lifetime);
        Assert.Equal(TimeSpan.FromSeconds(1), (Secret with { TtlMs = 1000 }).Lifetime);
    }

    private sealed class Machine : IGcpAccess
    {
        public Task<MintedToken> MintTokenAsync(IReadOnlyCollection<string> scopes, HttpMessageInvoker http, CancellationToken cancellation) =>
            throw new MintingFailedException($"no token for {string.Join(' ', scopes)}");
    }
}
