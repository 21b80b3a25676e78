using IronProxy.Pipeline;
using IronProxy.Runtime.Secrets;
using IronProxy.Testing;
using Microsoft.Extensions.Time.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

/// <summary>A token that lives: who mints it, who waits, and what is used when the next one does not come.</summary>
public sealed class LiveTokenTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _minted = [];
    private readonly Lock _gate = new();
    private readonly LiveToken _token;
    private int _mints;
    private Func<CancellationToken, Task<MintedToken>> _mint = _ => Task.FromResult(new MintedToken(new SecretValue("first"), Hour));

    public LiveTokenTests() => _token = new LiveToken(
        "the token",
        new(3, 5),
        cancellation =>
        {
            Interlocked.Increment(ref _mints);
            return _mint(cancellation);
        },
        (name, failure) =>
        {
            lock (_gate)
            {
                _minted.Add($"{name}: {failure ?? "minted"}");
            }
        },
        _time);

    [Fact]
    public async Task It_is_minted_once_for_all_who_ask_first()
    {
        await _token.StartAsync(CancellationToken.None);
        Assert.Equal(0, _mints);
        var first = new TaskCompletionSource<MintedToken>();
        _mint = _ => first.Task;

        var waiting = Enumerable.Range(0, 50).Select(_ => GetAsync()).ToArray();
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        first.SetResult(new MintedToken(new SecretValue("first"), Hour));

        Assert.All(await Task.WhenAll(waiting), v => Assert.Equal("first", v));
        Assert.Equal(1, _mints);
    }

    [Fact]
    public async Task Before_its_end_it_is_used_while_one_mints_the_next()
    {
        Assert.Equal("first", await GetAsync());
        var next = new TaskCompletionSource<MintedToken>();
        _mint = _ => next.Task;

        _time.Advance(Hour - TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal("first", await GetAsync());
        Assert.Equal(1, _mints);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("first", await GetAsync());
        next.SetResult(new MintedToken(new SecretValue("second"), Hour));

        Assert.True(await Patience.UntilAsync(async () => await GetAsync() == "second"));
        Assert.Equal(2, _mints);
    }

    [Fact]
    public async Task At_its_end_it_is_not_used_any_more()
    {
        Assert.Equal("first", await GetAsync());
        _mint = _ => throw new MintingFailedException("it answered with status 503");
        _time.Advance(Hour - TimeSpan.FromSeconds(6));
        Assert.Equal("first", await GetAsync());
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(_token.HealthOf("t").Failure is not null)));
        Assert.True(_token.HealthOf("t").IsUsable);

        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("it answered with status 503", (await Assert.ThrowsAsync<SecretUnavailableException>(GetAsync)).Message);
        Assert.False(_token.HealthOf("t").IsUsable);
    }

    [Fact]
    public async Task Behind_a_failure_nobody_tries_again_at_once()
    {
        _mint = _ => throw new MintingFailedException("it answered with status 400");
        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<SecretUnavailableException>(GetAsync);
        }

        Assert.Equal(1, _mints);
        _mint = _ => Task.FromResult(new MintedToken(new SecretValue("second"), Hour));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("second", await GetAsync());
        Assert.Equal(["the token: it answered with status 400", "the token: minted"], _minted);
    }

    [Fact]
    public async Task A_token_of_unknown_life_is_minted_again_and_used_until_then()
    {
        _mint = _ => Task.FromResult(new MintedToken(new SecretValue($"number {_mints}"), null));
        Assert.Equal("number 1", await GetAsync());
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.True(await Patience.UntilAsync(async () => await GetAsync() == "number 2"));
        Assert.Equal(2, _mints);
    }

    [Fact]
    public async Task One_that_has_ended_when_it_comes_is_none()
    {
        _mint = _ =>
        {
            _time.Advance(Hour);
            return Task.FromResult(new MintedToken(new SecretValue("late"), Hour));
        };

        Assert.Equal("it ends as soon as it comes", (await Assert.ThrowsAsync<SecretUnavailableException>(GetAsync)).Message);
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(4.9)]
    public async Task One_that_ends_on_the_way_is_none_for_anybody_and_nobody_tries_again_at_once(double seconds)
    {
        _mint = _ => Task.FromResult(new MintedToken(new SecretValue("short"), TimeSpan.FromSeconds(seconds)));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("it ends as soon as it comes", (await Assert.ThrowsAsync<SecretUnavailableException>(GetAsync)).Message);
        }

        Assert.Equal(1, _mints);
    }

    [Fact]
    public async Task A_short_one_is_used_until_it_would_end_on_the_way()
    {
        _mint = _ => Task.FromResult(new MintedToken(new SecretValue($"number {_mints}"), TimeSpan.FromSeconds(6)));
        Assert.Equal("number 1", await GetAsync());
        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.Equal("number 1", await GetAsync());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal("number 2", await GetAsync());
    }

    /// <summary>A fault of ours is a failure like others: those who wait are told.</summary>
    [Fact]
    public async Task Whatever_goes_wrong_is_a_failure_and_nobody_tries_again_at_once()
    {
        _mint = _ => throw new InvalidOperationException("canary");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("the request failed", (await Assert.ThrowsAsync<SecretUnavailableException>(GetAsync)).Message);
        }

        Assert.Equal(1, _mints);
    }

    [Fact]
    public async Task An_endpoint_that_never_answers_is_given_up()
    {
        _mint = _ => new TaskCompletionSource<MintedToken>().Task;
        var asking = GetAsync();
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(_mints == 1)));
        _time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("it did not answer in time", (await Assert.ThrowsAsync<SecretUnavailableException>(() => asking)).Message);
    }

    [Fact]
    public async Task Who_goes_away_waits_no_longer_and_the_others_do()
    {
        var first = new TaskCompletionSource<MintedToken>();
        _mint = _ => first.Task;
        using var gone = new CancellationTokenSource();
        var leaving = _token.GetAsync(gone.Token).AsTask();
        var staying = GetAsync();

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        first.SetResult(new MintedToken(new SecretValue("first"), Hour));
        Assert.Equal("first", await staying);
    }

    private async Task<string> GetAsync() => (await _token.GetAsync(CancellationToken.None).AsTask().WaitAsync(Patience.Event)).Reveal();
}
