using System.Collections.Immutable;
using System.Net;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>A DNS response, as far as the proxy reads it.</summary>
/// <param name="Code">The response code.</param>
/// <param name="IsTruncated">Whether it was cut to fit a datagram. Its answers are not read then.</param>
/// <param name="Answers">The addresses and aliases of the answer section, in their order.</param>
/// <param name="NegativeTtl">How long it may be believed that there is nothing more, in seconds (RFC 2308, 5); 0 when the server does not say.</param>
public sealed record DnsResponse(DnsResponseCode Code, bool IsTruncated, ImmutableArray<DnsRecord> Answers, uint NegativeTtl = 0);

/// <summary>An address or an alias.</summary>
/// <param name="Name">Its owner.</param>
/// <param name="Type">A, AAAA or CNAME.</param>
/// <param name="Ttl">How long it may be kept, in seconds.</param>
/// <param name="Address">The address; null for an alias.</param>
/// <param name="Target">The alias's target; null for an address.</param>
public readonly record struct DnsRecord(string Name, DnsType Type, uint Ttl, IPAddress? Address, string? Target);
