using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime.Dns;

/// <summary>What <c>dns.records</c> says about one name: an alias or addresses.</summary>
/// <param name="Alias">The canonical target of a CNAME record, or null.</param>
/// <param name="Addresses">The addresses of A records; empty for an alias.</param>
internal sealed record StaticName(string? Alias, IPAddress[] Addresses);

/// <summary>The static records of a plan, by canonical name.</summary>
internal sealed class StaticRecords
{
    /// <summary>The longest chain of aliases that is followed, here and upstream.</summary>
    public const int MaxAliases = 8;

    private readonly FrozenDictionary<string, StaticName> _names;

    public StaticRecords(IEnumerable<DnsRecordPlan> records)
    {
        _names = records
            .GroupBy(r => r.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, Read, StringComparer.Ordinal);
    }

    public StaticName? Find(string name) => _names.GetValueOrDefault(name);

    // RFC 1034, 3.6.2: a name with an alias has no other data.
    private static StaticName Read(IGrouping<string, DnsRecordPlan> records) =>
        records.FirstOrDefault(r => IsType(r, "CNAME")) is { } alias
            ? new StaticName(alias.Value, [])
            : new StaticName(null, [.. records.Select(ReadAddress)]);

    private static IPAddress ReadAddress(DnsRecordPlan record)
    {
        if (!IsType(record, "A") || !IPAddress.TryParse(record.Value, out var address) || address.AddressFamily != AddressFamily.InterNetwork)
        {
            throw new PlanException($"The DNS record of {record.Name} has a type or value that this proxy does not know.");
        }

        return address;
    }

    private static bool IsType(DnsRecordPlan record, string type) => string.Equals(record.Type, type, StringComparison.Ordinal);
}
