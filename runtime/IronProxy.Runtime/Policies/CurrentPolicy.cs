using System.Diagnostics;

namespace IronProxy.Runtime.Policies;

/// <summary>
/// The policy that new work is done by. A swap puts another in its place as a whole; what is under way goes on with the one that it began with,
/// which ends behind the last of it.
/// </summary>
internal sealed class CurrentPolicy : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<ActivePolicy> _before = [];
    private ActivePolicy? _active;

    /// <summary>The policy, to ask it something. Work that goes upstream with it needs a lease.</summary>
    public ActivePolicy Active => Volatile.Read(ref _active) ?? throw new UnreachableException("There is no policy before the start, nor behind the end.");

    /// <summary>Policies that were replaced and have not ended, the oldest first.</summary>
    public IReadOnlyList<ActivePolicy> Ending
    {
        get
        {
            lock (_gate)
            {
                return [.. _before];
            }
        }
    }

    /// <summary>Leases the newest policy.</summary>
    public PolicyLease Lease()
    {
        while (true)
        {
            // One that has ended in this moment has been replaced.
            var active = Active;
            if (active.TryEnter())
            {
                return new PolicyLease(active);
            }
        }
    }

    /// <summary>Puts a policy in the place of the one before.</summary>
    /// <returns>The one before; null the first time.</returns>
    public ActivePolicy? Swap(ActivePolicy next)
    {
        ActivePolicy? before;
        lock (_gate)
        {
            before = _active;
            Volatile.Write(ref _active, next);
            if (before is not null)
            {
                _before.Add(before);
            }
        }

        if (before is not null)
        {
            before.Leave();
            _ = ForgetAsync(before);
        }

        return before;
    }

    /// <summary>Gives the last policy up. It ends when what is under way with it has.</summary>
    public void Dispose()
    {
        ActivePolicy? last;
        lock (_gate)
        {
            last = _active;
            Volatile.Write(ref _active, null);
        }

        last?.Leave();
    }

    private async Task ForgetAsync(ActivePolicy before)
    {
        await before.Ended.ConfigureAwait(false);
        lock (_gate)
        {
            _before.Remove(before);
        }
    }
}
