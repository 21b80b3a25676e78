using System.Text;
using IronProxy.Plan;

namespace IronProxy.Runtime.Protocols.Connect;

/// <summary>The headers of a CONNECT request that decide something, gathered line by line.</summary>
internal struct ConnectHeaders
{
    private bool _hasContentLength;

    public string? Host { get; private set; }

    /// <summary>What Proxy-Authorization shows. Null without one.</summary>
    public ShownCredentials? Credentials { get; private set; }

    /// <summary>Takes one header line.</summary>
    /// <returns>Null, or why the request is refused.</returns>
    public Reason? Read(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0 || line[0] is (byte)' ' or (byte)'\t')
        {
            // RFC 9112, 5.2: folded lines are obsolete, and readers differ about what they belong to.
            return Reason.InvalidHeader;
        }

        var text = Encoding.Latin1.GetString(line);
        var name = text.AsSpan(0, colon);
        var value = text.AsSpan(colon + 1).Trim(" \t");
        if (Checks.On(Check.HeaderSyntax) && (!HeaderName.IsValid(name) || !HeaderName.IsValidValue(value)))
        {
            return Reason.InvalidHeader;
        }

        if (name.Equals("Host", StringComparison.OrdinalIgnoreCase))
        {
            if (Host is not null)
            {
                return Reason.MalformedRequest;
            }

            Host = value.ToString();
        }
        else if (HeaderName.IsForProxy(name.ToString()))
        {
            // RFC 9110, 11.7.2: a field with one value. Of two nobody could say which one counts.
            Credentials = Credentials is null ? ShownCredentials.OfHeader(value.ToString()) : ShownCredentials.Unreadable;
        }
        else if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
        {
            // RFC 9110, 9.3.6: CONNECT has no content. With some, its bytes could be taken for the tunnel's.
            if (_hasContentLength || value is not "0")
            {
                return Reason.AmbiguousFraming;
            }

            _hasContentLength = true;
        }
        else if (name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
        {
            return Reason.AmbiguousFraming;
        }

        return null;
    }
}
