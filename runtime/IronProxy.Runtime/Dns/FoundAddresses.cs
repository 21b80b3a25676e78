using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>What one question about a host brought.</summary>
/// <param name="Addresses">The addresses, possibly none.</param>
/// <param name="Failure">Why there is no answer; null when there is one.</param>
internal sealed record FoundAddresses(IReadOnlyList<IPAddress> Addresses, Exception? Failure)
{
    public static FoundAddresses Failed(Exception failure) => new([], failure);

    /// <summary>
    /// Follows the aliases from the host to its addresses. Records that the chain does not reach are left out: a server
    /// must not slip in addresses of other names.
    /// </summary>
    public static FoundAddresses Read(DnsResponse response, string host, DnsType type)
    {
        var name = host;
        for (var aliases = 0; aliases <= StaticRecords.MaxAliases; aliases++)
        {
            var own = response.Answers.Where(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
            var found = own.Where(r => r.Type == type && r.Address is not null).ToList();
            if (found.Count > 0)
            {
                return new FoundAddresses([.. found.Select(r => CanonicalHost.Unmap(r.Address!))], null);
            }

            var alias = own.Find(r => r.Type == DnsType.Cname);
            if (alias.Target is null)
            {
                break;
            }

            name = alias.Target;
        }

        return new FoundAddresses([], null);
    }
}
