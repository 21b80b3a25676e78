using System.Globalization;

namespace IronProxy.Plan;

/// <summary>A canonical host and the port that was written beside it, if any.</summary>
/// <param name="Host">The host.</param>
/// <param name="Port">The port, or null when none was written.</param>
public readonly record struct CanonicalAuthority(CanonicalHost Host, int? Port)
{
    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]</c> or <c>[v6]:port</c> (RFC 9110, 7.2) as it comes over the wire.</summary>
    /// <param name="raw">The authority, without user information.</param>
    /// <param name="authority">The canonical authority.</param>
    /// <returns>Null, or why the authority is refused.</returns>
    public static Reason? TryParse(ReadOnlySpan<char> raw, out CanonicalAuthority authority)
    {
        authority = default;
        if (raw.IsEmpty)
        {
            return Reason.MissingHost;
        }

        ReadOnlySpan<char> host;
        ReadOnlySpan<char> rest;
        var bracketed = raw[0] == '[';
        if (bracketed)
        {
            var close = raw.IndexOf(']');
            if (close < 0)
            {
                return Reason.InvalidHost;
            }

            host = raw[1..close];
            rest = raw[(close + 1)..];
        }
        else
        {
            var colon = raw.IndexOf(':');
            host = colon < 0 ? raw : raw[..colon];
            rest = colon < 0 ? [] : raw[colon..];
        }

        int? port = null;
        if (!rest.IsEmpty)
        {
            if (rest[0] != ':')
            {
                return Reason.InvalidHost;
            }

            if (!TryParsePort(rest[1..], out var number))
            {
                return Reason.InvalidPort;
            }

            port = number;
        }

        if (CanonicalHost.TryCreate(host, bracketed, out var canonical) is { } reason)
        {
            return reason;
        }

        authority = new CanonicalAuthority(canonical, port);
        return null;
    }

    /// <summary>A port is digits, from 1 to 65535. An empty one is refused: two readers may take it for different ports.</summary>
    private static bool TryParsePort(ReadOnlySpan<char> text, out int port)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port))
        {
            return false;
        }

        // Without the check a port is what a 16-bit reader makes of it.
        if (!Checks.On(Check.PortRange))
        {
            port = (ushort)port;
        }

        return port is >= 1 and <= 65535;
    }
}
