namespace IronProxy.Runtime.Protocols.Dns;

/// <summary>A DNS query with its one question.</summary>
public readonly record struct DnsQuery
{
    /// <summary>The class of the internet.</summary>
    public const int InternetClass = 1;

    /// <summary>The head.</summary>
    public required DnsHeader Header { get; init; }

    /// <summary>The name that is asked for, its letters as they came.</summary>
    public required string Name { get; init; }

    /// <summary>The type that is asked for.</summary>
    public required DnsType Type { get; init; }

    /// <summary>The class that is asked for.</summary>
    public required int Class { get; init; }

    /// <summary>How many bytes the question takes, behind the head.</summary>
    public required int QuestionLength { get; init; }

    /// <summary>Whether the query has an EDNS record.</summary>
    public bool HasEdns { get; init; }

    /// <summary>The EDNS version; only 0 exists.</summary>
    public int EdnsVersion { get; init; }

    /// <summary>The largest response over UDP that the client takes, by its EDNS record; 0 without one.</summary>
    public int UdpSize { get; init; }

    /// <summary>The question's bytes.</summary>
    public ReadOnlySpan<byte> Question(ReadOnlySpan<byte> message) => message.Slice(DnsHeader.Length, QuestionLength);
}
