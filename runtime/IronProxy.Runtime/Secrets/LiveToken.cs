using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Secrets;

/// <summary>
/// A token that is minted when it is first needed, by one for all who wait. It is minted again while it is still good, and nobody waits for that. One that has
/// ended is never used.
/// </summary>
internal sealed class LiveToken : ILive<SecretValue>, ILiveStart
{
    /// <summary>How long minting may take.</summary>
    private static readonly TimeSpan MintLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long nobody tries again behind a failure.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>How long before its end a token is minted again, at most: short ones in their last quarter.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>A token of which nobody says how long it is good is minted again behind this time (RFC 6749, 5.1 lets servers leave it out).</summary>
    private static readonly TimeSpan UnknownLifetime = TimeSpan.FromMinutes(5);

    /// <summary>What a request takes on its way: a token that ends sooner is as good as none.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly SourcePosition _at;
    private readonly Func<CancellationToken, Task<MintedToken>> _mint;
    private readonly Action<string, string?> _minted;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private State? _state;
    private Task? _minting;
    private long? _failed;
    private string? _failure;

    /// <summary>Prepares a token. Nothing is minted yet.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="at">Where it is written.</param>
    /// <param name="mint">Makes one.</param>
    /// <param name="minted">Is told of each attempt, and why it failed.</param>
    /// <param name="time">The clock.</param>
    public LiveToken(string name, SourcePosition at, Func<CancellationToken, Task<MintedToken>> mint, Action<string, string?> minted, TimeProvider time)
    {
        _name = name;
        _at = at;
        _mint = mint;
        _minted = minted;
        _time = time;
    }

    /// <inheritdoc />
    /// <remarks>None is needed before a request asks for it, and an endpoint that is down at the start is no mistake of the policy.</remarks>
    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <inheritdoc />
    public SecretHealth HealthOf(string source)
    {
        lock (_gate)
        {
            var state = _state;
            return new SecretHealth(_name, source, _at.Line, state is null ? TimeSpan.Zero : Age(state), _failure, state is null ? _failure is null : IsGood(state));
        }
    }

    /// <inheritdoc />
    public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) =>
        Volatile.Read(ref _state) is { } state && Age(state) < state.Fresh ? new(state.Value) : GetOldAsync(cancellation);

    private async ValueTask<SecretValue> GetOldAsync(CancellationToken cancellation)
    {
        var minting = Mint();
        if (Volatile.Read(ref _state) is { } old && IsGood(old))
        {
            return old.Value;
        }

        await minting.WaitAsync(cancellation).ConfigureAwait(false);
        lock (_gate)
        {
            return _state is { } state && IsGood(state) ? state.Value : throw new SecretUnavailableException(_failure ?? "it ended while it was waited for");
        }
    }

    /// <summary>One mints for all, and not at once behind a failure. The task itself never fails.</summary>
    private Task Mint()
    {
        lock (_gate)
        {
            if (_minting is { IsCompleted: false })
            {
                return _minting;
            }

            return _failed is { } failed && _time.GetElapsedTime(failed) < Pause ? Task.CompletedTask : _minting = Task.Run(MintAsync);
        }
    }

    private async Task MintAsync()
    {
        using var late = new CancellationTokenSource(MintLimit, _time);
        var asked = _time.GetTimestamp(); // Its time runs from here: the answer may have been long on its way.
        string? failure = null;
        try
        {
            var token = await _mint(late.Token).WaitAsync(late.Token).ConfigureAwait(false);
            var state = StateOf(token, asked);
            if (!IsGood(state))
            {
                throw new MintingFailedException("it ends as soon as it comes");
            }

            lock (_gate)
            {
                _failed = null;
                _failure = null;
                Volatile.Write(ref _state, state);
            }
        }
        catch (Exception e) when (e is MintingFailedException or SecretUnavailableException)
        {
            failure = e.Message;
        }
#pragma warning disable CA1031 // Whatever went wrong, those who wait are told, and nobody tries again at once.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = ConfiguredHttp.Describe(e);
        }

        if (failure is not null)
        {
            lock (_gate)
            {
                _failed = _time.GetTimestamp();
                _failure = failure;
            }
        }

        _minted(_name, failure);
    }

    private static State StateOf(MintedToken token, long asked)
    {
        if (token.Lifetime is not { } lifetime)
        {
            return new State(token.Value, asked, UnknownLifetime, null);
        }

        var good = lifetime - OnTheWay;
        var fresh = lifetime - (lifetime / 4 < Ahead ? lifetime / 4 : Ahead);
        return new State(token.Value, asked, fresh < good ? fresh : good, good);
    }

    private bool IsGood(State state) => state.Good is not { } good || Age(state) < good;

    private TimeSpan Age(State state) => _time.GetElapsedTime(state.AskedAt);

    /// <param name="Value">The token.</param>
    /// <param name="AskedAt">When it was asked for.</param>
    /// <param name="Fresh">How long nobody thinks of the next one.</param>
    /// <param name="Good">How long it may be used; null when nobody knows.</param>
    private sealed record State(SecretValue Value, long AskedAt, TimeSpan Fresh, TimeSpan? Good);
}
