using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Finds the addresses that the proxy itself dials: static records first, then the configured resolver or the system's.
/// Whether an address may be dialled is for the caller to check.
/// </summary>
public sealed class UpstreamResolver
{
    private readonly StaticRecords _records;
    private readonly DnsUpstream? _upstream;
    private readonly AddressCache _cache;

    /// <summary>Prepares the resolver of a plan.</summary>
    /// <exception cref="PlanException">A record or the resolver's address cannot be read.</exception>
    public UpstreamResolver(DnsPlan? plan, TimeProvider time)
    {
        _records = new StaticRecords(plan?.Records ?? []);
        _upstream = plan?.UpstreamResolver is { } listen ? new DnsUpstream(ReadEndpoint(listen), time) : null;
        _cache = new AddressCache(time);
    }

    /// <summary>The endpoint of a plan's upstream_resolver.</summary>
    /// <exception cref="PlanException">It names no address.</exception>
    public static IPEndPoint ReadEndpoint(ListenAddress resolver) => IPAddress.TryParse(resolver.Address, out var address)
        ? new IPEndPoint(address, resolver.Port)
        : throw new PlanException("The plan's upstream_resolver names no IP address.");

    /// <summary>The addresses of a host, at least one. IPv4 addresses inside IPv6 ones are unwrapped.</summary>
    /// <exception cref="HostUnresolvedException">The host has no address, or none could be found out.</exception>
    public async ValueTask<IPAddress[]> ResolveAsync(CanonicalHost host, CancellationToken cancellation)
    {
        for (var aliases = 0; aliases <= StaticRecords.MaxAliases; aliases++)
        {
            if (host.Address is { } literal)
            {
                return [literal];
            }

            if (_records.Find(host.Text) is not { } known)
            {
                return await LookUpAsync(host, cancellation);
            }

            if (known.Alias is not { } target)
            {
                return [.. known.Addresses];
            }

            if (CanonicalHost.TryCreate(target, bracketed: false, out host) is not null)
            {
                throw new HostUnresolvedException($"A static record leads to {target}, which is no host name.");
            }
        }

        throw new HostUnresolvedException($"The static records lead through more than {StaticRecords.MaxAliases} aliases to {host}.");
    }

    private async ValueTask<IPAddress[]> LookUpAsync(CanonicalHost host, CancellationToken cancellation)
    {
        if (_upstream is null)
        {
            return await AskSystemAsync(host, cancellation);
        }

        if (_cache.Find(host.Text) is { } cached)
        {
            return [.. cached];
        }

        var v4 = AskUpstreamAsync(_upstream, host, DnsType.A, cancellation);
        var v6 = AskUpstreamAsync(_upstream, host, DnsType.Aaaa, cancellation);
        var answers = await Task.WhenAll(v4, v6);
        IPAddress[] addresses = [.. answers.SelectMany(a => a.Addresses)];
        if (addresses.Length == 0)
        {
            var failure = answers.Select(a => a.Failure).FirstOrDefault(f => f is not null);
            throw new HostUnresolvedException($"{host} does not resolve.", failure);
        }

        // Half an answer serves this request, and is not kept.
        if (answers.All(a => a.Failure is null))
        {
            _cache.Add(host.Text, [.. addresses], answers.Where(a => a.Addresses.Count > 0).Min(a => a.Ttl));
        }

        return addresses;
    }

    private static async Task<FoundAddresses> AskUpstreamAsync(DnsUpstream upstream, CanonicalHost host, DnsType type, CancellationToken cancellation)
    {
        try
        {
            var response = await upstream.QueryAsync(host, type, cancellation);
            return response.Code is DnsResponseCode.NoError or DnsResponseCode.NameError
                ? FoundAddresses.Read(response, host.Text, type)
                : FoundAddresses.Failed(new DnsUpstreamException($"The resolver {upstream.Server} answered with code {(int)response.Code}."));
        }
        catch (DnsUpstreamException failure)
        {
            // The other type may still have an answer.
            return FoundAddresses.Failed(failure);
        }
    }

    private static async Task<IPAddress[]> AskSystemAsync(CanonicalHost host, CancellationToken cancellation)
    {
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(host.Text, cancellation);
            return addresses.Length > 0
                ? [.. addresses.Select(CanonicalHost.Unmap)]
                : throw new HostUnresolvedException($"{host} does not resolve.");
        }
        catch (SocketException failure)
        {
            throw new HostUnresolvedException($"{host} does not resolve.", failure);
        }
    }
}
