using System.Net;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>
/// Finds the addresses that the proxy itself dials: static records first, then the names that the system knows, then name servers.
/// Whether an address may be dialled is for the caller to check.
/// </summary>
public sealed class UpstreamResolver
{
    /// <summary>
    /// How long the addresses of one family are waited for when there are some of the other: some servers never answer about IPv6. RFC 8305, 3
    /// goes on after 50 ms; a host that also has a denied address is refused more surely when both answers are there.
    /// </summary>
    private static readonly TimeSpan OtherFamilyPatience = TimeSpan.FromSeconds(1);

    private readonly StaticRecords _records;
    private readonly NameSource _source;
    private readonly DnsLookups _lookups;
    private readonly TimeProvider _time;

    /// <summary>Prepares the resolver of a plan.</summary>
    /// <exception cref="PlanException">A record cannot be read.</exception>
    public UpstreamResolver(DnsPlan? plan, NameSource source, DnsLookups lookups, TimeProvider time)
    {
        _records = new StaticRecords(plan?.Records ?? []);
        _source = source;
        _lookups = lookups;
        _time = time;
    }

    /// <summary>The addresses of a host, at least one. IPv4 addresses inside IPv6 ones are unwrapped.</summary>
    /// <param name="host">The host.</param>
    /// <param name="client">Who asks for it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="HostUnresolvedException">The host has no address, or none could be found out.</exception>
    public async ValueTask<IPAddress[]> ResolveAsync(CanonicalHost host, IPAddress client, CancellationToken cancellation)
    {
        for (var aliases = 0; aliases <= StaticRecords.MaxAliases; aliases++)
        {
            if (host.Address is { } literal)
            {
                return [literal];
            }

            if (_records.Find(host.Text) is not { } known)
            {
                return await LookUpAsync(host.Text, client, cancellation);
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

    private async ValueTask<IPAddress[]> LookUpAsync(string host, IPAddress client, CancellationToken cancellation)
    {
        // RFC 6761, 6.3: nobody else is asked about localhost.
        if (host.Equals("localhost", StringComparison.Ordinal) || host.EndsWith(".localhost", StringComparison.Ordinal))
        {
            return [IPAddress.IPv6Loopback, IPAddress.Loopback];
        }

        if (_source.Hosts.Find(host) is { } known)
        {
            return known;
        }

        foreach (var name in Spellings(host, _source.Settings))
        {
            var found = await AskBothAsync(name, client, cancellation);
            IPAddress[] addresses = [.. found.SelectMany(f => f.Addresses)];
            if (addresses.Length > 0)
            {
                return addresses;
            }

            // What is not known of one name must not lead to another: only that it does not exist does.
            // That nobody was asked comes first: whoever takes a name that does not resolve for harmless must not be told so of it.
            if (found.Select(f => f.Failure).OfType<Exception>().OrderByDescending(f => f is TooManyLookupsException).FirstOrDefault() is { } failure)
            {
                throw new HostUnresolvedException($"{host} does not resolve.", failure);
            }
        }

        throw new HostUnresolvedException($"{host} does not resolve.");
    }

    /// <summary>
    /// A name of one label may stand in a search domain. One with a dot is asked as it is, however high the system's <c>ndots</c> is: policy has
    /// judged that name, and its completion belongs to others (ADR 17).
    /// </summary>
    private static IEnumerable<string> Spellings(string host, ResolverSettings settings)
    {
        if (host.Contains('.', StringComparison.Ordinal))
        {
            return [host];
        }

        var completed = settings.Search.Select(domain => $"{host}.{domain}").Where(name => CanonicalHost.TryCreate(name, bracketed: false, out _) is null);
        return settings.SearchFirst ? completed.Append(host) : completed.Prepend(host);
    }

    private async Task<FoundAddresses[]> AskBothAsync(string name, IPAddress client, CancellationToken cancellation)
    {
        var v6 = AskAsync(name, DnsType.Aaaa, client, cancellation);
        var v4 = AskAsync(name, DnsType.A, client, cancellation);
        var first = await Task.WhenAny(v6, v4);
        if ((await first).Addresses.Count == 0)
        {
            return await Task.WhenAll(v6, v4);
        }

        try
        {
            return await Task.WhenAll(v6, v4).WaitAsync(OtherFamilyPatience, _time, cancellation);
        }
        catch (TimeoutException)
        {
            return [await first];
        }
    }

    private async Task<FoundAddresses> AskAsync(string name, DnsType type, IPAddress client, CancellationToken cancellation)
    {
        var answer = await _lookups.AskAsync(name, type, client, cancellation);
        return answer switch
        {
            { Failure: { } failure } => FoundAddresses.Failed(failure),
            { Response: { Code: DnsResponseCode.NoError or DnsResponseCode.NameError } response } => FoundAddresses.Read(response, name, type),
            _ => FoundAddresses.Failed(new DnsUpstreamException($"A name server answered with code {(int)answer.Response!.Code}.")), // One of both is there.
        };
    }
}
