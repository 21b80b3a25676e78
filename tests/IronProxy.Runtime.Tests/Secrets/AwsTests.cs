using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

/// <summary>What does not take the SDK of AWS: the end-to-end tests have the rest, with signatures that botocore judges.</summary>
public sealed class AwsTests : IAsyncLifetime
{
    private static readonly AwsSmSourcePlan Secret = new() { SecretId = "egress/key", Region = "eu-west-1", TtlMs = 0, At = new(3, 9) };
    private static readonly AwsSsmSourcePlan Parameter = new() { Name = "/egress/key", Region = "eu-west-1", WithDecryption = true, TtlMs = 0, At = new(3, 9) };

    private readonly StoreWorld _world = StoreWorld.Create();
    private readonly SilentServer _server = SilentServer.Start();

    public Task InitializeAsync()
    {
        _world.Aws = new Signer(_server.Url);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_service_that_is_silent_is_given_up_with_the_reading(bool isParameter)
    {
        using var stop = new CancellationTokenSource();
        var reading = _world.ReadAsync(isParameter ? Parameter : Secret, stop.Token);
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(!_server.Asked.IsEmpty)));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Patience.Event));
        Assert.Equal("POST / HTTP/1.1", Assert.Single(_server.Asked));
    }

    [Fact]
    public async Task Credentials_that_are_not_there_are_said()
    {
        _world.Aws = new Signer(_server.Url) { Failure = "no credentials" };
        Assert.Contains("cannot be read from AWS Secrets Manager: no credentials.", await _world.FailAsync(Secret), StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task A_program_without_AWS_says_so()
    {
        _world.Aws = null;
        Assert.Contains("this program has no way to AWS", await _world.FailAsync(Parameter), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_read_again_behind_its_ttl()
    {
        Assert.Null(Secret.Lifetime);
        Assert.Null(Parameter.Lifetime);
        Assert.Equal(TimeSpan.FromSeconds(1), (Secret with { TtlMs = 1000 }).Lifetime);
        Assert.Equal(TimeSpan.FromSeconds(1), (Parameter with { TtlMs = 1000 }).Lifetime);
    }

    private sealed class Signer(string url) : IAwsAccess
    {
        public string? Failure { get; init; }

        public Uri EndpointOf(string service, string region) => new(url);

        public Task<AwsKeys> FindKeysAsync(string? region, CancellationToken cancellation) => throw new AwsCredentialsException(Failure ?? region ?? "no region");

        public Task SignAsync(HttpRequestMessage request, byte[] body, string service, string region, CancellationToken cancellation) =>
            Failure is { } failure ? throw new AwsCredentialsException(failure) : Task.CompletedTask;
    }

    private sealed class SilentServer : JsonServer
    {
        public static SilentServer Start()
        {
            var server = new SilentServer { Instead = "" };
            server.Listen();
            return server;
        }

        protected override (int Status, string Body) Answer(ApiRequest request) => throw new InvalidOperationException("It is silent.");
    }
}
