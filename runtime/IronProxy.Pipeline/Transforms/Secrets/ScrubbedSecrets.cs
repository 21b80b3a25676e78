using System.Text;
using IronProxy.Pipeline.Scrubbing;

namespace IronProxy.Pipeline.Transforms;

/// <summary>
/// The values that a step takes out of responses: of each entry the newest and the one before, because a request that was sent with that may still be answered.
/// The search is prepared when it is first needed, and again when a value has changed.
/// </summary>
/// <param name="entries">The entries of the step whose values are taken out.</param>
internal sealed class ScrubbedSecrets(IReadOnlyList<ILive<Secret>> entries)
{
    /// <summary>What stands in the place of a value that no placeholder was swapped for.</summary>
    private const string InjectedPlaceholder = "***";

    private readonly Lock _gate = new();
    private readonly (Secret? Newest, Secret? Before)[] _known = new (Secret?, Secret?)[entries.Count];
    private PatternAutomaton? _automaton;

    /// <summary>Takes note of a value that is sent.</summary>
    public void Saw(ILive<Secret> entry, Secret secret)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            if (ReferenceEquals(entries[i], entry))
            {
                Keep(i, secret);
            }
        }
    }

    /// <summary>What is to be looked for in a response that comes now.</summary>
    /// <exception cref="SecretUnavailableException">A value was never seen, and there is none that may be used.</exception>
    public async ValueTask<PatternAutomaton> GetAsync(CancellationToken cancellation)
    {
        for (var i = 0; i < entries.Count; i++)
        {
            try
            {
                Keep(i, await entries[i].GetAsync(cancellation).ConfigureAwait(false));
            }
            catch (SecretUnavailableException) when (Knows(i))
            {
                // It is not sent any more; what was sent before is still looked for.
            }
        }

        return Newest();
    }

    /// <summary>What is to be looked for, by what was seen so far.</summary>
    public PatternAutomaton Newest()
    {
        lock (_gate)
        {
            return _automaton ??= Prepare();
        }
    }

    private bool Knows(int entry)
    {
        lock (_gate)
        {
            return _known[entry].Newest is not null;
        }
    }

    private void Keep(int entry, Secret secret)
    {
        lock (_gate)
        {
            ref var known = ref _known[entry];
            if (ReferenceEquals(known.Newest, secret))
            {
                return;
            }

            // It may have been read again and be the same.
            if (known.Newest is not { } newest || newest.Value.Reveal() != secret.Value.Reveal())
            {
                known.Before = known.Newest;
                _automaton = null;
            }

            known.Newest = secret;
        }
    }

    private PatternAutomaton Prepare()
    {
        List<ScrubPattern> patterns = [];
        List<ScrubbedValue> formatted = [];
        foreach (var secret in _known.SelectMany(k => (Secret?[])[k.Newest, k.Before]).OfType<Secret>())
        {
            var placeholder = secret.Plan.Replace?.ProxyValue ?? InjectedPlaceholder;
            patterns.AddRange(ScrubPattern.Of(new ScrubbedValue(secret.Plan.Name, secret.Value, placeholder)));
            if (secret.InjectedValue is { } injected)
            {
                formatted.Add(new ScrubbedValue(secret.Plan.Name, injected, placeholder));
            }
        }

        // A formatter may encode a value in a way that hides it from the search for the value alone.
        var automaton = new PatternAutomaton(patterns);
        var hidden = formatted.Where(f => !StreamScrubber.Finds(automaton, Encoding.UTF8.GetBytes(f.Real.Reveal()))).ToArray();
        return hidden.Length == 0 ? automaton : new PatternAutomaton(patterns.Concat(hidden.SelectMany(ScrubPattern.Of)));
    }
}
