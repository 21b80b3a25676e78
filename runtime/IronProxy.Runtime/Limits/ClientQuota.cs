using System.Net;
using IronProxy.Runtime.Metrics;

namespace IronProxy.Runtime.Limits;

/// <summary>Counts what clients have at one time, in all and by address: connections, or requests.</summary>
/// <param name="total">How much there may be in all.</param>
/// <param name="totalLimit">The name of that limit.</param>
/// <param name="perAddress">How much one address may have.</param>
/// <param name="perAddressLimit">The name of that limit.</param>
public sealed class ClientQuota(int total, Limit totalLimit, int perAddress, Limit perAddressLimit)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _all;

    /// <summary>How many addresses have something.</summary>
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

    /// <summary>Takes one for an address.</summary>
    /// <returns>Null, or the limit that is reached: then nothing is taken, and nothing is to be given back.</returns>
    public Limit? TryTake(IPAddress address)
    {
        lock (_gate)
        {
            var own = _byAddress.GetValueOrDefault(address);
            if (own >= perAddress)
            {
                return perAddressLimit;
            }

            if (_all >= total)
            {
                return totalLimit;
            }

            _byAddress[address] = own + 1;
            _all++;
            return null;
        }
    }

    /// <summary>Gives one back.</summary>
    public void GiveBack(IPAddress address)
    {
        lock (_gate)
        {
            _all--;

            // Addresses that have nothing are forgotten: there are more of them than memory.
            if (--System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_byAddress, address, out _) == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }
}
