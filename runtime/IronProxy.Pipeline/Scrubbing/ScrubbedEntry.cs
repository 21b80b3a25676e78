namespace IronProxy.Pipeline.Scrubbing;

/// <summary>
/// An entry of a step whose values are taken out of responses: the newest, and the ones before, because a request that was sent with those may still be answered.
/// </summary>
/// <param name="rules">The rule set that says which requests are in its scope; null for all.</param>
/// <param name="strict">Whether responses that cannot be searched are refused.</param>
internal abstract class ScrubbedEntry(int? rules, bool strict)
{
    private readonly Lock _gate = new();
    private object? _source;
    private ScrubbedValue[] _newest = [];
    private ScrubbedValue[] _before = [];
    private int _version;

    public int? Rules { get; } = rules;

    public bool Strict { get; } = strict;

    /// <summary>How often the values have changed.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>All that is looked for.</summary>
    public IEnumerable<ScrubbedValue> Values
    {
        get
        {
            lock (_gate)
            {
                return _newest.Concat(_before);
            }
        }
    }

    /// <summary>Whether a value was ever seen.</summary>
    protected bool HasSeen
    {
        get
        {
            lock (_gate)
            {
                return _source is not null;
            }
        }
    }

    /// <summary>Reads the values as they are now.</summary>
    /// <returns>False when there are none that may be sent, and none were ever seen.</returns>
    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellation);

    /// <summary>Keeps values.</summary>
    /// <param name="source">What they are made of: the same object has the same values.</param>
    /// <param name="values">Makes them.</param>
    protected void Keep<T>(T source, Func<T, IEnumerable<ScrubbedValue>> values)
        where T : class
    {
        lock (_gate)
        {
            if (ReferenceEquals(_source, source))
            {
                return;
            }

            // It may have been read again and be the same.
            ScrubbedValue[] newest = [.. values(source)];
            if (!newest.Select(v => v.Real.Reveal()).SequenceEqual(_newest.Select(v => v.Real.Reveal()), StringComparer.Ordinal))
            {
                (_newest, _before) = (newest, _newest);
                Volatile.Write(ref _version, _version + 1);
            }

            _source = source;
        }
    }
}

/// <summary>An entry whose values are made of something that lives.</summary>
/// <param name="rules">The rule set that says which requests are in its scope; null for all.</param>
/// <param name="strict">Whether responses that cannot be searched are refused.</param>
/// <param name="live">What the values are made of; null when they are made for requests alone, so that none but those that were sent can come back.</param>
/// <param name="values">Makes them.</param>
internal sealed class ScrubbedEntry<T>(int? rules, bool strict, ILive<T>? live, Func<T, IEnumerable<ScrubbedValue>> values) : ScrubbedEntry(rules, strict)
    where T : class
{
    /// <summary>Takes note of what is sent, before it is.</summary>
    public void Saw(T source) => Keep(source, values);

    /// <inheritdoc />
    public override async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        if (live is null)
        {
            return true;
        }

        try
        {
            Saw(await live.GetAsync(cancellation).ConfigureAwait(false));
            return true;
        }
        catch (SecretUnavailableException)
        {
            return HasSeen; // It is not sent any more; what was sent before is still looked for.
        }
    }
}
