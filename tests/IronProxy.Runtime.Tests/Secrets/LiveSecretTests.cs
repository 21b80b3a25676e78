using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;
using IronProxy.Runtime.Secrets;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Secrets;

/// <summary>A value that lives: who waits for the next one, who does not, and what happens when there is none.</summary>
public sealed class LiveSecretTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);
    private static readonly SecretPlan Plan = new() { Name = "KEY", At = new(2, 7), Source = new EnvSourcePlan { Var = "KEY", At = new(2, 9) } };

    private readonly ManualTime _time = new();
    private readonly List<string> _readAgain = [];
    private readonly Lock _gate = new();
    private int _reads;
    private Func<Task<string>> _source = () => Task.FromResult("first");

    [Fact]
    public async Task A_value_without_a_lifetime_is_read_once()
    {
        var secret = await StartAsync(lifetime: null);
        _time.Advance(TimeSpan.FromDays(100));

        Assert.Equal("first", await GetAsync(secret));
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task Within_its_time_a_value_is_used_without_waiting()
    {
        var secret = await StartAsync(Lifetime);
        _time.Advance(Lifetime - TimeSpan.FromTicks(1));

        var asking = GetAsync(secret);
        Assert.True(asking.IsCompletedSuccessfully);
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task Behind_it_the_value_is_used_while_one_reads_the_next()
    {
        var secret = await StartAsync(Lifetime);
        var next = new TaskCompletionSource<string>();
        _source = () => next.Task;
        _time.Advance(Lifetime);

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("first", await GetAsync(secret));
        }

        next.SetResult("second");
        Assert.True(await Patience.UntilAsync(async () => await GetAsync(secret) == "second"));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Long_behind_it_all_wait_for_the_one_who_reads()
    {
        var secret = await StartAsync(Lifetime);
        var next = new TaskCompletionSource<string>();
        _source = () => next.Task;
        _time.Advance(2 * Lifetime);

        var waiting = Enumerable.Range(0, 50).Select(_ => GetAsync(secret)).ToArray();
        Assert.DoesNotContain(waiting, w => w.IsCompleted);
        next.SetResult("second");

        Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience.Event), v => Assert.Equal("second", v));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Nobody_waits_long_for_a_source_that_hangs_and_it_is_asked_once()
    {
        var secret = await StartAsync(Lifetime);
        _source = () => new TaskCompletionSource<string>().Task;
        _time.Advance(2 * Lifetime);
        _time.TimersEnd = true;

        Assert.Equal("first", await GetAsync(secret).WaitAsync(Patience.Event));
        Assert.True(await Patience.UntilAsync(() => Task.FromResult(Said().Length == 1)));
        Assert.Contains("was not read within 30 s", Said()[0], StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(Lifetime);
            Assert.Equal("first", await GetAsync(secret).WaitAsync(Patience.Event));
        }

        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Only_the_first_waits_for_a_source_that_is_slow()
    {
        var secret = await StartAsync(Lifetime);
        _source = () => new TaskCompletionSource<string>().Task;
        _time.Advance(2 * Lifetime);
        _time.EndsSoon = TimeSpan.FromSeconds(1);

        await GetAsync(secret).WaitAsync(Patience.Event);

        Assert.True(GetAsync(secret).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_waits_may_leave()
    {
        var secret = await StartAsync(Lifetime);
        _source = () => new TaskCompletionSource<string>().Task;
        _time.Advance(2 * Lifetime);
        using var leaving = new CancellationTokenSource();

        var waiting = secret.GetAsync(leaving.Token).AsTask();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_value_that_cannot_be_read_again_is_kept_for_a_day_and_said()
    {
        var secret = await StartAsync(Lifetime);
        _source = () => throw new StartupException("The file is gone.");
        _time.Advance(2 * Lifetime);

        Assert.Equal("first", await GetAsync(secret));
        Assert.Equal(["The file is gone."], Said());
        Assert.Equal("first", await GetAsync(secret)); // So soon behind a failure nobody tries again.
        Assert.Equal(2, _reads);

        _time.Advance(TimeSpan.FromHours(24));
        await Assert.ThrowsAsync<SecretUnavailableException>(() => GetAsync(secret));

        _source = () => Task.FromResult("second");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("second", await GetAsync(secret));
        Assert.Equal(["The file is gone.", "The file is gone.", "read"], Said());
    }

    [Fact]
    public async Task Nobody_tries_again_before_the_pause_behind_a_failure_is_over()
    {
        var secret = await StartAsync(Lifetime, pause: 60);
        _source = () => throw new StartupException("The store is down.");
        _time.Advance(2 * Lifetime);
        Assert.Equal("first", await GetAsync(secret));

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("first", await GetAsync(secret));
        Assert.Equal(2, _reads);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("first", await GetAsync(secret));
        Assert.Equal(3, _reads);
    }

    [Theory]
    [InlineData(0, null, null, 2)]
    [InlineData(1000, null, 1, 2)]
    [InlineData(1000, 500L, 1, 0.5)]
    public void The_plan_says_how_old_a_value_gets_and_how_long_a_failure_counts(long ttl, long? failure, int? lifetime, double pause)
    {
        var source = new AwsSmSourcePlan { SecretId = "key", TtlMs = ttl, FailureTtlMs = failure, At = Plan.At };

        Assert.Equal(lifetime is { } seconds ? TimeSpan.FromSeconds(seconds) : null, source.Lifetime);
        Assert.Equal(TimeSpan.FromSeconds(pause), source.Pause);
    }

    [Fact]
    public async Task The_first_reading_fails_as_it_is() =>
        await Assert.ThrowsAsync<StartupException>(async () =>
        {
            _source = () => throw new StartupException("The file is gone.");
            await StartAsync(Lifetime);
        });

    private async Task<Live<Secret>> StartAsync(TimeSpan? lifetime, double pause = 2)
    {
        var secret = new Live<Secret>(Plan.Name, Plan.At, lifetime, TimeSpan.FromSeconds(pause), ReadAsync, (_, failure) => Say(failure?.Message ?? "read"), _time);
        await secret.StartAsync(default);
        return secret;
    }

    private async ValueTask<Secret> ReadAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reads);
        return new Secret(Plan, new SecretValue(await _source()));
    }

    private static async Task<string> GetAsync(Live<Secret> secret) => (await secret.GetAsync(default)).Value.Reveal();

    private void Say(string what)
    {
        lock (_gate)
        {
            _readAgain.Add(what);
        }
    }

    private string[] Said()
    {
        lock (_gate)
        {
            return [.. _readAgain];
        }
    }

    /// <summary>A clock that moves when the test says so, and whose timers end, soon, only where it says so.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

        private long _ticks;

        public bool TimersEnd { get; set; }

        /// <summary>The length of the only timers that end.</summary>
        public TimeSpan? EndsSoon { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimersEnd || dueTime == EndsSoon ? Soon : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
