using IronProxy.Pipeline;
using IronProxy.Runtime.Secrets;
using IronProxy.Testing;
using Microsoft.Extensions.Time.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

/// <summary>A state file of a policy: how it starts, who waits, and what is said of it.</summary>
public sealed class LiveStateFileTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeFiles _files = new();
    private readonly List<string> _failed = [];
    private readonly LiveStateFile _file;

    public LiveStateFileTests() => _file = new LiveStateFile("tokens.json", new(3, 5), _files, (path, failure) => _failed.Add($"{path} {failure}"), _time);

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task What_is_kept_is_read_by_the_next()
    {
        await _file.StartAsync(CancellationToken.None);
        using (var held = await _file.LockAsync(CancellationToken.None))
        {
            Assert.Null(held.Tokens.Find("A"));
            await held.KeepAsync(held.Tokens.With("A", new KeptToken(new SecretValue("a"), 1)));
        }

        using var next = await _file.LockAsync(CancellationToken.None);
        Assert.Equal("a", next.Tokens.Find("A")?.Value.Reveal());
        Assert.Equal(("state file of line 3", "oauth_token", 3, true), (Health.Name, Health.Source, Health.Line, Health.IsUsable));
        Assert.Null(Health.Failure);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_ends_the_start()
    {
        _files.Problem = "is a symbolic link";
        Assert.Equal("The state file tokens.json of line 3 is a symbolic link.", (await Assert.ThrowsAsync<StartupException>(() => _file.StartAsync(CancellationToken.None))).Message);
        _files.Problem = null;
        _files.Content = "canary"u8.ToArray();
        Assert.Equal(
            "The state file tokens.json of line 3 does not hold what iron-proxy writes there: name another file, or remove it if the tokens in the secret store are good.",
            (await Assert.ThrowsAsync<StartupException>(() => _file.StartAsync(CancellationToken.None))).Message);
        await Assert.ThrowsAsync<StartupException>(() => new LiveStateFile("a", default, null, (_, _) => { }, _time).StartAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_file_system_that_hangs_ends_the_start()
    {
        using var release = new ManualResetEventSlim();
        _files.Checking = release.Wait;
        var starting = _file.StartAsync(CancellationToken.None);
        Assert.True(await Patience.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            return Task.FromResult(starting.IsCompleted);
        }));
        Assert.Equal("The state file tokens.json of line 3 was not read within 30 s.", (await Assert.ThrowsAsync<StartupException>(() => starting)).Message);
        release.Set();
    }

    [Fact]
    public async Task Who_waits_too_long_for_others_is_told()
    {
        using var held = await _file.LockAsync(CancellationToken.None);
        var waiting = _file.LockAsync(CancellationToken.None);
        Assert.True(await Patience.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(21));
            return Task.FromResult(waiting.IsCompleted);
        }));
        Assert.Equal("others use the state file tokens.json for longer than 20 s", (await Assert.ThrowsAsync<MintingFailedException>(() => waiting)).Message);

        using var gaveUp = new CancellationTokenSource();
        var canceled = _file.LockAsync(gaveUp.Token);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
    }

    [Fact]
    public async Task What_cannot_be_written_is_said_until_it_can()
    {
        _files.WriteProblem = "cannot be written (No space left on device)";
        await KeepAsync();
        Assert.Equal(["tokens.json cannot be written (No space left on device)"], _failed);
        Assert.Equal("cannot be written (No space left on device)", Health.Failure);
        using (await _file.LockAsync(CancellationToken.None))
        {
            Assert.Equal("cannot be written (No space left on device)", Health.Failure);
        }

        _files.WriteProblem = null;
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.FromSeconds(5), Health.Age);
        await KeepAsync();
        Assert.Null(Health.Failure);
        Assert.Equal(TimeSpan.Zero, Health.Age);
    }

    [Fact]
    public async Task What_cannot_be_read_is_an_error_and_lets_the_lock_go()
    {
        _files.Content = "{}"u8.ToArray();
        var error = await Assert.ThrowsAsync<MintingFailedException>(() => _file.LockAsync(CancellationToken.None));
        Assert.StartsWith("the state file tokens.json does not hold what iron-proxy writes there", error.Message, StringComparison.Ordinal);
        Assert.NotNull(Health.Failure);
        _files.Content = null;
        using var held = await _file.LockAsync(CancellationToken.None);
        Assert.Null(Health.Failure);
    }

    private SecretHealth Health => _file.HealthOf("oauth_token");

    private async Task KeepAsync()
    {
        using var held = await _file.LockAsync(CancellationToken.None);
        await held.KeepAsync(held.Tokens.With("A", new KeptToken(new SecretValue("a"), 1)));
    }

    private sealed class FakeFiles : IStateFiles, IDisposable
    {
        private readonly SemaphoreSlim _free = new(1, 1);

        public byte[]? Content { get; set; }

        public string? Problem { get; set; }

        public string? WriteProblem { get; set; }

        public Action Checking { get; set; } = () => { };

        public void Check(string path)
        {
            Checking();
            if (Problem is { } problem)
            {
                throw new StateFileException(problem);
            }
        }

        public void Dispose() => _free.Dispose();

        public async Task<IDisposable> LockAsync(string path, CancellationToken cancellation)
        {
            await _free.WaitAsync(cancellation);
            return new Held(_free);
        }

        public byte[]? Read(string path) => Content;

        public void Replace(string path, ReadOnlySpan<byte> content)
        {
            if (WriteProblem is { } problem)
            {
                throw new StateFileException(problem);
            }

            Content = content.ToArray();
        }

        private sealed class Held(SemaphoreSlim free) : IDisposable
        {
            public void Dispose() => free.Release();
        }
    }
}
