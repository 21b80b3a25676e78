using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>
/// Writes the response to a query: the question as it came, then answers, and how long it holds when there is none. What does not fit becomes a
/// truncated response without answers, so that the client asks again over TCP.
/// </summary>
public ref struct DnsResponseWriter
{
    /// <summary>RFC 1035, 2.3.4: what every client takes over UDP. The buffer has at least this length.</summary>
    public const int MinLength = 512;

    private const int RecordFixedLength = 10;
    private const int MaxPointer = 0x3FFF;

    // RFC 1035, 3.3.13: two names, which are the root here, and five numbers.
    private const int SoaDataLength = 2 + (5 * sizeof(uint));
    private const int SoaLength = 1 + RecordFixedLength + SoaDataLength;

    private readonly Span<byte> _buffer;
    private readonly DnsQuery _query;
    private DnsResponseCode _code;
    private int _length;
    private ushort _answers;
    private bool _found;
    private bool _overflow;

    // Owners in an alias chain are the target before: a pointer to it saves most of the space.
    private string? _lastTarget;
    private int _lastTargetAt;

    /// <summary>Begins a response.</summary>
    /// <param name="buffer">Where it is written. Its length is the largest that the response may have.</param>
    /// <param name="message">The query's message.</param>
    /// <param name="query">The query.</param>
    /// <param name="code">The response code.</param>
    public DnsResponseWriter(Span<byte> buffer, ReadOnlySpan<byte> message, in DnsQuery query, DnsResponseCode code)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(buffer.Length, MinLength);
        _buffer = buffer;
        _query = query;
        _code = code;
        query.Question(message).CopyTo(buffer[DnsHeader.Length..]);
        _length = DnsHeader.Length + query.QuestionLength;
    }

    /// <summary>How long clients may believe that what they ask for is not there, in seconds; 0 leaves that to them.</summary>
    public uint NegativeTtl { get; init; }

    /// <summary>A response without question, for a message of which only the head can be read.</summary>
    /// <returns>Its length.</returns>
    public static int WriteHeaderOnly(Span<byte> buffer, in DnsHeader query, DnsResponseCode code)
    {
        new DnsHeader(query.Id, Flags(query, code), 0, 0, 0, 0).Write(buffer);
        return DnsHeader.Length;
    }

    /// <summary>Adds an A or AAAA record.</summary>
    public void AddAddress(string owner, IPAddress address, uint ttl)
    {
        Span<byte> data = stackalloc byte[16];
        _ = address.TryWriteBytes(data, out var length); // Never fails: 16 bytes hold every address.
        var type = address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
        Add(owner, type, ttl, data[..length]);
    }

    /// <summary>Adds an alias. A target that cannot be written makes the response a failure.</summary>
    public void AddAlias(string owner, string target, uint ttl)
    {
        Span<byte> data = stackalloc byte[DnsName.MaxWireLength];
        if (!DnsName.TryWrite(target, data, out var length))
        {
            _code = DnsResponseCode.ServerFailure;
            return;
        }

        if (Add(owner, DnsType.Cname, ttl, data[..length]))
        {
            _lastTarget = target;
            _lastTargetAt = _length - length;
        }
    }

    /// <summary>Completes the response.</summary>
    /// <returns>Its length.</returns>
    public int Finish()
    {
        var flags = Flags(_query.Header, _code);
        if (_overflow || _code == DnsResponseCode.ServerFailure)
        {
            flags |= _overflow ? DnsHeader.TruncatedFlag : (ushort)0;
            _length = DnsHeader.Length + _query.QuestionLength;
            _answers = 0;
        }

        var authorities = TryAddNegative() ? (ushort)1 : (ushort)0;
        new DnsHeader(_query.Header.Id, flags, Questions: 1, _answers, authorities, (ushort)(_query.HasEdns ? 1 : 0)).Write(_buffer);
        if (_query.HasEdns)
        {
            EdnsRecord.Write(_buffer[_length..], DnsQueryWriter.UdpSize, (byte)((int)_code >> 4));
            _length += EdnsRecord.Length;
        }

        return _length;
    }

    /// <summary>
    /// RFC 2308, 3: clients keep a negative answer as long as the zone's SOA record says, and not at all without one. The zone is the root, since every
    /// name is answered here, and no host's name is in the record. Without room the answer goes without.
    /// </summary>
    private bool TryAddNegative()
    {
        if (NegativeTtl == 0 || _found || _overflow || _code is not (DnsResponseCode.NoError or DnsResponseCode.NameError)
            || _length + SoaLength > _buffer.Length - (_query.HasEdns ? EdnsRecord.Length : 0))
        {
            return false;
        }

        // Owner, server and mailbox are the root, one zero each; all times are alike, as nobody transfers the zone.
        var record = _buffer.Slice(_length, SoaLength);
        record.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(record[1..], (ushort)DnsType.Soa);
        BinaryPrimitives.WriteUInt16BigEndian(record[3..], DnsQuery.InternetClass);
        BinaryPrimitives.WriteUInt32BigEndian(record[5..], NegativeTtl);
        BinaryPrimitives.WriteUInt16BigEndian(record[9..], SoaDataLength);
        var numbers = record[(SoaLength - (5 * sizeof(uint)))..];
        BinaryPrimitives.WriteUInt32BigEndian(numbers, 1);
        for (var i = 1; i < 5; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(numbers[(i * sizeof(uint))..], NegativeTtl);
        }

        _length += SoaLength;
        return true;
    }

    private static ushort Flags(in DnsHeader query, DnsResponseCode code)
    {
        const int echoed = DnsHeader.OpcodeMask | DnsHeader.RecursionDesiredFlag | DnsHeader.CheckingDisabledFlag;
        return (ushort)(DnsHeader.ResponseFlag | DnsHeader.RecursionAvailableFlag | (query.Flags & echoed) | ((int)code & 0x0F));
    }

    private bool Add(string owner, DnsType type, uint ttl, scoped ReadOnlySpan<byte> data)
    {
        Span<byte> name = stackalloc byte[DnsName.MaxWireLength];
        if (!TryWriteOwner(owner, name, out var nameLength))
        {
            _code = DnsResponseCode.ServerFailure;
            return false;
        }

        var end = _buffer.Length - (_query.HasEdns ? EdnsRecord.Length : 0);
        if (_overflow || _length + nameLength + RecordFixedLength + data.Length > end)
        {
            _overflow = true;
            return false;
        }

        name[..nameLength].CopyTo(_buffer[_length..]);
        var rest = _buffer[(_length + nameLength)..];
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], DnsQuery.InternetClass);
        BinaryPrimitives.WriteUInt32BigEndian(rest[4..], ttl);
        BinaryPrimitives.WriteUInt16BigEndian(rest[8..], (ushort)data.Length);
        data.CopyTo(rest[RecordFixedLength..]);
        _length += nameLength + RecordFixedLength + data.Length;
        _answers++;
        _found |= type == _query.Type || _query.Type == DnsType.Any;
        return true;
    }

    private readonly bool TryWriteOwner(string owner, scoped Span<byte> target, out int length)
    {
        var pointer =
            owner.Equals(_query.Name, StringComparison.OrdinalIgnoreCase) ? DnsHeader.Length
            : _lastTarget is not null && _lastTargetAt <= MaxPointer && owner.Equals(_lastTarget, StringComparison.OrdinalIgnoreCase) ? _lastTargetAt
            : 0;
        if (pointer == 0)
        {
            return DnsName.TryWrite(owner, target, out length);
        }

        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)(0xC000 | pointer));
        length = 2;
        return true;
    }
}
