using System.Net;
using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Plan.Matching;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Dns;

namespace IronProxy.Runtime.Dns;

/// <summary>What becomes of a message that the DNS server received.</summary>
internal enum DnsOutcome
{
    /// <summary>It gets no answer.</summary>
    Drop,

    /// <summary>The response is written.</summary>
    Answered,

    /// <summary>The upstream resolver is to be asked.</summary>
    PassThrough,
}

/// <summary>
/// Decides about DNS queries: static records first, then names that are passed through, and every other name resolves to
/// the proxy. It holds no socket and never changes.
/// </summary>
internal sealed class DnsAnswers
{
    /// <summary>How long clients may keep an answer of ours: a changed policy takes effect soon.</summary>
    private const uint Ttl = 60;

    private const int DnsPort = 53;

    /// <summary>Stands for all labels: one that no pattern has a reason to name.</summary>
    private const string SomeLabel = "any-name-below";

    private readonly StaticRecords _records;
    private readonly PlanMatcher _matcher;
    private readonly int? _passthrough;
    private readonly IPAddress _proxy;

    public DnsAnswers(DnsPlan plan, PlanMatcher matcher)
    {
        _records = new StaticRecords(plan.Records);
        _matcher = matcher;
        _passthrough = plan.Passthrough;
        if (!IPAddress.TryParse(plan.ProxyIp, out var proxy))
        {
            throw new PlanException("The plan's proxy_ip is not an IP address.");
        }

        _proxy = CanonicalHost.Unmap(proxy);
    }

    /// <summary>The largest response that fits: over UDP the client's word counts, up to what passes networks whole.</summary>
    public static Span<byte> Fit(Span<byte> buffer, in DnsQuery query, bool udp) =>
        udp ? buffer[..Math.Clamp(query.UdpSize, DnsResponseWriter.MinLength, DnsQueryWriter.UdpSize)] : buffer;

    /// <summary>Answers a message, or says that its query is to be passed through.</summary>
    public DnsOutcome Answer(ReadOnlySpan<byte> message, bool udp, Span<byte> buffer, out int length, out PassedQuery passed)
    {
        length = 0;
        passed = default;

        // A response is never answered: two servers could keep each other busy for ever.
        if (!DnsHeader.TryRead(message, out var header) || header.IsResponse)
        {
            return DnsOutcome.Drop;
        }

        if (header.Opcode != 0)
        {
            length = DnsResponseWriter.WriteHeaderOnly(buffer, header, DnsResponseCode.NotImplemented);
            return DnsOutcome.Answered;
        }

        if (DnsQueryParser.TryParse(message, out var query) != ParseStatus.Done)
        {
            length = DnsResponseWriter.WriteHeaderOnly(buffer, header, DnsResponseCode.FormatError);
            return DnsOutcome.Answered;
        }

        var name = default(CanonicalHost);
        var code = Refuse(query) ?? (query.Name.Length == 0 ? DnsResponseCode.NoError : ReadName(query, out name));
        if (code is null && _records.Find(name.Text) is null && IsPassedThrough(name))
        {
            if (MayLeave(query.Type))
            {
                passed = new PassedQuery(query, name);
                return DnsOutcome.PassThrough;
            }

            code = DnsResponseCode.NoError;
        }

        var writer = new DnsResponseWriter(Fit(buffer, query, udp), message, query, code ?? DnsResponseCode.NoError);
        if (code is null && !TryWriteOwnAnswer(ref writer, query.Type, name.Text))
        {
            writer = new DnsResponseWriter(Fit(buffer, query, udp), message, query, DnsResponseCode.ServerFailure);
        }

        length = writer.Finish();
        return DnsOutcome.Answered;
    }

    /// <summary>Whether a name below this one is answered here, whatever name servers say: from a static record, or because it is not passed through.</summary>
    public bool HasNamesBelow(in CanonicalHost name) =>
        _records.HasNamesBelow(name.Text)
        || (CanonicalHost.TryCreate($"{SomeLabel}.{name.Text}", bracketed: false, out var below) is null && !IsPassedThrough(below));

    private static DnsResponseCode? Refuse(in DnsQuery query)
    {
        if (query.EdnsVersion != 0)
        {
            return DnsResponseCode.BadVersion;
        }

        return query.Class != DnsQuery.InternetClass || query.Type is DnsType.Axfr or DnsType.Ixfr ? DnsResponseCode.Refused : null;
    }

    /// <summary>
    /// What is no host name has no address, and an address is no name: neither exists, here or upstream, nor does any name below (RFC 8020).
    /// The root is another matter: everything is below it, so that it is answered, without records.
    /// </summary>
    private static DnsResponseCode? ReadName(in DnsQuery query, out CanonicalHost name) =>
        CanonicalHost.TryCreate(query.Name, bracketed: false, out name) is not null || name.Address is not null
            ? DnsResponseCode.NameError
            : null;

    private bool IsPassedThrough(in CanonicalHost name)
    {
        if (!Checks.On(Check.DnsInterception))
        {
            return true;
        }

        // A plan without the set passes nothing through; to the matcher no set means that all match.
        return _passthrough is { } set
            && _matcher.Matches(set, _matcher.FindHost(name), CanonicalRequest.Destination(name, DnsPort), out _);
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
                WriteAddresses(ref writer, type, name, known?.Addresses ?? [_proxy]);
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

/// <summary>A query that is passed through, and its name in the one form that leaves.</summary>
internal readonly record struct PassedQuery(DnsQuery Query, CanonicalHost Name);
