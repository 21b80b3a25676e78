using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Limits;

/// <summary>
/// Counts the wrong passwords of each address, so that nobody finds one by trying. A minute begins with the first that is wrong. Behind the limit a right password is
/// refused as well until it is over: an answer that differs would tell which one it is.
/// </summary>
/// <param name="perMinute">How many one address may show in a minute.</param>
/// <param name="metrics">What counts.</param>
/// <param name="time">The clock.</param>
internal sealed class WrongPasswords(int perMinute, ProxyMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>How many addresses are kept before those whose minute is over are looked for.</summary>
    private const int MinSweep = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, (long Since, int Count)> _byAddress = [];
    private int _sweepAt = MinSweep;

    /// <summary>How many addresses are kept.</summary>
    internal int Addresses
    {
        get
        {
            lock (_gate)
            {
                return _byAddress.Count;
            }
        }
    }

    /// <summary>Whether an address may show a password. That it may not is counted.</summary>
    public bool MayTry(IPAddress address)
    {
        if (!Checks.On(Check.WrongPasswords))
        {
            return true;
        }

        lock (_gate)
        {
            if (!_byAddress.TryGetValue(address, out var own) || IsOver(own.Since) || own.Count < perMinute)
            {
                return true;
            }
        }

        metrics.Reached(Limit.WrongPasswordsPerMinute);
        return false;
    }

    /// <summary>One was wrong.</summary>
    public void Count(IPAddress address)
    {
        lock (_gate)
        {
            if (_byAddress.TryGetValue(address, out var own) && !IsOver(own.Since))
            {
                _byAddress[address] = (own.Since, own.Count + 1);
                return;
            }

            if (_byAddress.Count >= _sweepAt)
            {
                foreach (var (other, (since, _)) in _byAddress.ToArray())
                {
                    if (IsOver(since))
                    {
                        _byAddress.Remove(other);
                    }
                }

                _sweepAt = Math.Max(MinSweep, 2 * _byAddress.Count);
            }

            _byAddress[address] = (time.GetTimestamp(), 1);
        }
    }

    private bool IsOver(long since) => time.GetElapsedTime(since) >= Minute;
}
