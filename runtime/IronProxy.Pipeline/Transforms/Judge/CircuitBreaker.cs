namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// Opens behind failures in a row, and admits nobody until a time is over. Then it admits one attempt: its success closes the breaker, and its failure opens it anew.
/// What began before the breaker opened or closed has no say about it any more.
/// </summary>
/// <param name="failures">How many failures in a row open it.</param>
/// <param name="cooldown">How long it is open.</param>
/// <param name="time">The clock.</param>
internal sealed class CircuitBreaker(int failures, TimeSpan cooldown, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long? _opened;
    private bool _probing;
    private int _inARow;
    private int _generation;

    /// <summary>Whether it would admit nobody now.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
            {
                return IsShut();
            }
        }
    }

    /// <summary>Asks to be admitted. Who is says later how it went.</summary>
    public bool TryEnter(out Attempt attempt)
    {
        lock (_gate)
        {
            attempt = new Attempt(_generation, _opened is not null);
            if (IsShut())
            {
                return false;
            }

            _probing = attempt.IsProbe;
            return true;
        }
    }

    /// <summary>It went well.</summary>
    public void Succeed(Attempt attempt)
    {
        lock (_gate)
        {
            if (attempt.Generation != _generation)
            {
                return;
            }

            _inARow = 0;
            if (attempt.IsProbe)
            {
                Move(null);
            }
        }
    }

    /// <summary>It failed.</summary>
    public void Fail(Attempt attempt)
    {
        lock (_gate)
        {
            if (attempt.Generation == _generation && (attempt.IsProbe || ++_inARow >= failures))
            {
                Move(time.GetTimestamp());
            }
        }
    }

    /// <summary>It was broken off, which says nothing. The next one may try.</summary>
    public void Abandon(Attempt attempt)
    {
        lock (_gate)
        {
            _probing &= !(attempt.IsProbe && attempt.Generation == _generation);
        }
    }

    private bool IsShut() => _opened is { } opened && (_probing || time.GetElapsedTime(opened) < cooldown);

    private void Move(long? opened)
    {
        _opened = opened;
        _probing = false;
        _inARow = 0;
        _generation++;
    }

    /// <summary>One that was admitted.</summary>
    /// <param name="Generation">How often the breaker had opened and closed by then.</param>
    /// <param name="IsProbe">Whether it decides what becomes of the breaker.</param>
    internal readonly record struct Attempt(int Generation, bool IsProbe);
}
