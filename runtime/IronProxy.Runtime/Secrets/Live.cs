using IronProxy.Pipeline;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets;

/// <summary>
/// A secret that is read again once its value has had its time. Whoever asks then still gets that value while one reads the next; whoever asks much later waits
/// a moment for it. A value that cannot be read again, or not soon, is used for a day.
/// </summary>
/// <typeparam name="T">What is made of the value.</typeparam>
internal sealed class Live<T> : ILive<T>, ILiveStart
    where T : class
{
    /// <summary>How long a source may take.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long a request waits for a newer value than the one at hand.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>How long the last good value is used.</summary>
    private static readonly TimeSpan MaxStale = TimeSpan.FromHours(24);

    private readonly string _name;
    private readonly SourcePosition _at;
    private readonly TimeSpan? _lifetime;
    private readonly TimeSpan _pause;
    private readonly Func<CancellationToken, ValueTask<T>> _read;
    private readonly Action<string, StartupException?> _readAgain;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private State? _state;
    private Task? _reading;
    private Task? _slow;
    private Task? _stuck;
    private long? _failed;
    private string? _failure;

    /// <summary>Prepares a secret. Nothing is read yet.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="at">Where it is written.</param>
    /// <param name="lifetime">How long a value may be used before it is read again; null for ever.</param>
    /// <param name="pause">How long nobody tries again behind a failure.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="readAgain">Is told of each reading but the first, and why it failed.</param>
    /// <param name="time">The clock.</param>
    public Live(
        string name, SourcePosition at, TimeSpan? lifetime, TimeSpan pause, Func<CancellationToken, ValueTask<T>> read, Action<string, StartupException?> readAgain, TimeProvider time)
    {
        _name = name;
        _at = at;
        _lifetime = lifetime;
        _pause = pause;
        _read = read;
        _readAgain = readAgain;
        _time = time;
    }

    /// <inheritdoc />
    public SecretHealth HealthOf(string source)
    {
        lock (_gate)
        {
            var age = _state is { } state ? Age(state) : TimeSpan.Zero;
            return new SecretHealth(_name, source, _at.Line, age, _failure, _state is not null && (_lifetime is null || age < MaxStale));
        }
    }

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellation) => Keep(await ReadAsync(cancellation).ConfigureAwait(false));

    /// <inheritdoc />
    public ValueTask<T> GetAsync(CancellationToken cancellation)
    {
        var state = Volatile.Read(ref _state) ?? throw new SecretUnavailableException($"The secret {_name} was not read yet.");
        return _lifetime is not { } lifetime || Age(state) < lifetime ? new(state.Value) : GetAgedAsync(state, lifetime, cancellation);
    }

    private async ValueTask<T> GetAgedAsync(State state, TimeSpan lifetime, CancellationToken cancellation)
    {
        var reading = ReadAgain();
        if (Age(state) >= 2 * lifetime && reading != Volatile.Read(ref _slow))
        {
            await Task.WhenAny(reading, Task.Delay(Moment, _time, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (!reading.IsCompleted)
            {
                Volatile.Write(ref _slow, reading); // Nobody else waits for this one.
            }

            state = Volatile.Read(ref _state)!; // It was read once.
        }

        return Age(state) < MaxStale
            ? state.Value
            : throw new SecretUnavailableException($"The secret {_name} could not be read for {MaxStale.TotalHours:0} hours.");
    }

    /// <summary>One reads for all, and not at once behind a failure. The task itself never fails.</summary>
    private Task ReadAgain()
    {
        lock (_gate)
        {
            if (_reading is { IsCompleted: false })
            {
                return _reading;
            }

            return _failed is { } failed && _time.GetElapsedTime(failed) < _pause ? Task.CompletedTask : _reading = Task.Run(ReadAgainAsync);
        }
    }

    private async Task ReadAgainAsync()
    {
        try
        {
            Keep(await ReadAsync(CancellationToken.None).ConfigureAwait(false));
            _readAgain(_name, null);
        }
        catch (StartupException e)
        {
            Fail(e);
        }
#pragma warning disable CA1031 // Whatever went wrong, the last value is used, it is said, and nobody tries again at once.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(new StartupException($"The secret {_name} of line {_at.Line} cannot be read ({e.GetType().Name}).", e));
        }
    }

    private void Fail(StartupException failure)
    {
        lock (_gate)
        {
            _failed = _time.GetTimestamp();
            _failure = failure.Message;
        }

        _readAgain(_name, failure);
    }

    private async Task<T> ReadAsync(CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(ReadLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            // What hangs in the file system does not end: one thread is enough for it.
            if (_stuck is { IsCompleted: false })
            {
                throw new OperationCanceledException();
            }

            var reading = _read(either.Token).AsTask();
            _stuck = reading;
            return await reading.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new StartupException($"The secret {_name} of line {_at.Line} was not read within {ReadLimit.TotalSeconds:0} s.", e);
        }
    }

    private void Keep(T value)
    {
        lock (_gate)
        {
            _failed = null;
            _failure = null;
            Volatile.Write(ref _state, new State(value, _time.GetTimestamp()));
        }
    }

    private TimeSpan Age(State state) => _time.GetElapsedTime(state.ReadAt);

    private sealed record State(T Value, long ReadAt);
}
