using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>What becomes of a message that the DNS server received.</summary>
internal enum DnsOutcome
{
    /// <summary>It gets no answer.</summary>
    Drop,

    /// <summary>It is answered here: with the proxy's addresses, from a static record, or with nothing.</summary>
    Own,

    /// <summary>It is answered here, and what was asked for is kept back on purpose.</summary>
    Denied,

    /// <summary>It is no question that can be answered. The response says so.</summary>
    Error,

    /// <summary>The upstream resolver is to be asked.</summary>
    PassThrough,
}

/// <summary>Answers DNS queries as a policy decides about their names. It holds no socket and never changes.</summary>
internal sealed class DnsAnswers
{
    /// <summary>How long clients may keep an answer of ours: a changed policy takes effect soon.</summary>
    private const uint Ttl = 60;

    /// <summary>How long they may believe that there is nothing: half of that, as upstream's word.</summary>
    private const uint NegativeTtl = DnsAnswer.MaxNegativeSeconds;

    private readonly StaticRecords _records;
    private readonly NamePolicy _names;
    private readonly IPAddress[] _proxies;

    public DnsAnswers(DnsPlan plan, NamePolicy names)
    {
        _records = new StaticRecords(plan.Records);
        _names = names;
        _proxies = plan.ProxyIpv6 is { } second ? [ReadAddress(plan.ProxyIp), ReadAddress(second)] : [ReadAddress(plan.ProxyIp)];
    }

    /// <summary>The largest response that fits: over UDP the client's word counts, up to what passes networks whole.</summary>
    public static Span<byte> Fit(Span<byte> buffer, in DnsQuery query, bool udp) =>
        udp ? buffer[..Math.Clamp(query.UdpSize, DnsResponseWriter.MinLength, DnsQueryWriter.UdpSize)] : buffer;

    /// <summary>Answers a message, or says that its query is to be passed through.</summary>
    /// <param name="message">The message.</param>
    /// <param name="udp">Whether it came over UDP.</param>
    /// <param name="buffer">Where the response goes.</param>
    /// <param name="length">The response's length.</param>
    /// <param name="question">What it asks; nothing when it cannot be read.</param>
    public DnsOutcome Answer(ReadOnlySpan<byte> message, bool udp, Span<byte> buffer, out int length, out DnsQuestion question)
    {
        length = 0;
        question = default;

        // A response is never answered: two servers could keep each other busy for ever.
        if (!DnsHeader.TryRead(message, out var header) || header.IsResponse)
        {
            return DnsOutcome.Drop;
        }

        if (header.Opcode != 0)
        {
            length = DnsResponseWriter.WriteHeaderOnly(buffer, header, DnsResponseCode.NotImplemented);
            return DnsOutcome.Error;
        }

        if (DnsQueryParser.TryParse(message, out var query) != ParseStatus.Done)
        {
            length = DnsResponseWriter.WriteHeaderOnly(buffer, header, DnsResponseCode.FormatError);
            return DnsOutcome.Error;
        }

        var (outcome, code) = Decide(query, out var name);
        question = new DnsQuestion(query, name);
        if (outcome == DnsOutcome.PassThrough)
        {
            return outcome;
        }

        var writer = new DnsResponseWriter(Fit(buffer, query, udp), message, query, code) { NegativeTtl = NegativeTtl };
        if (outcome == DnsOutcome.Own && name.Text is { } text && !TryWriteOwnAnswer(ref writer, query.Type, text))
        {
            writer = new DnsResponseWriter(Fit(buffer, query, udp), message, query, DnsResponseCode.ServerFailure);
            outcome = DnsOutcome.Error;
        }

        length = writer.Finish();
        return outcome;
    }

    /// <summary>Whether a name below this one is answered here, whatever name servers say: from a static record, or because it is not passed through.</summary>
    public bool HasNamesBelow(in CanonicalHost name) => _names.IsAnsweredBelow(name);

    private (DnsOutcome Outcome, DnsResponseCode Code) Decide(in DnsQuery query, out CanonicalHost name)
    {
        name = default;
        if (query.EdnsVersion != 0)
        {
            return (DnsOutcome.Error, DnsResponseCode.BadVersion);
        }

        if (query.Class != DnsQuery.InternetClass || query.Type is DnsType.Axfr or DnsType.Ixfr)
        {
            return (DnsOutcome.Denied, DnsResponseCode.Refused);
        }

        // Everything is below the root, so that it exists, without records.
        if (query.Name.Length == 0)
        {
            return (DnsOutcome.Own, DnsResponseCode.NoError);
        }

        // What is no host name has no address, and an address is no name: neither exists, here or upstream, nor does any name below (RFC 8020).
        if (CanonicalHost.TryCreate(query.Name, bracketed: false, out name) is not null || name.Address is not null)
        {
            return (DnsOutcome.Error, DnsResponseCode.NameError);
        }

        return _names.Decide(name) switch
        {
            NameVerdict.Proxy or NameVerdict.Record => (DnsOutcome.Own, DnsResponseCode.NoError),
            NameVerdict.PassedThrough => (MayLeave(query.Type) ? DnsOutcome.PassThrough : DnsOutcome.Denied, DnsResponseCode.NoError),
            NameVerdict.DeniedAbove => (DnsOutcome.Denied, DnsResponseCode.NoError),
            _ => (DnsOutcome.Denied, DnsResponseCode.NameError),
        };
    }

    /// <summary>Other types have room for data that an attacker chooses, in both directions.</summary>
    private static bool MayLeave(DnsType type) =>
        type is DnsType.A or DnsType.Aaaa or DnsType.Cname || !Checks.On(Check.DnsTypes);

    /// <summary>Answers from the static records and with the proxy's address. Types that hold neither are left empty.</summary>
    private bool TryWriteOwnAnswer(ref DnsResponseWriter writer, DnsType type, string name)
    {
        for (var aliases = 0; aliases <= StaticRecords.MaxAliases; aliases++)
        {
            var known = _records.Find(name);
            if (known?.Alias is not { } target)
            {
                WriteAddresses(ref writer, type, name, known?.Addresses ?? _proxies);
                return true;
            }

            writer.AddAlias(name, target, Ttl);
            if (type == DnsType.Cname)
            {
                return true;
            }

            name = target;
        }

        return false;
    }

    private static IPAddress ReadAddress(string? text) => IPAddress.TryParse(text, out var address)
        ? CanonicalHost.Unmap(address)
        : throw new PlanException("The plan's proxy_ip or proxy_ipv6 is not an IP address.");

    private static void WriteAddresses(ref DnsResponseWriter writer, DnsType type, string name, IPAddress[] addresses)
    {
        foreach (var address in addresses)
        {
            var own = address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
            if (type == own || type == DnsType.Any)
            {
                writer.AddAddress(name, address, Ttl);
            }
        }
    }
}

/// <summary>A query, and its name in the one form that is decided about and that leaves.</summary>
internal readonly record struct DnsQuestion(DnsQuery Query, CanonicalHost Name);
