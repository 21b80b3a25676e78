using System.Collections.Frozen;

namespace IronProxy.Plan;

/// <summary>HTTP methods as bits, so that a rule tests one with one AND. Methods beyond the table are compared by name.</summary>
public static class RequestMethod
{
    /// <summary>The methods of RFC 9110 and PATCH first, then those of WebDAV and its relatives.</summary>
    private static readonly string[] Known =
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE",
        "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND",
        "PROPPATCH", "QUERY", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE",
        "UPDATEREDIRECTREF", "VERSION-CONTROL",
    ];

    private static readonly FrozenDictionary<string, ulong> Bits =
        Known.Select((name, index) => (name, bit: 1UL << index)).ToFrozenDictionary(p => p.name, p => p.bit, StringComparer.Ordinal);

    /// <summary>
    /// Why requests of a method are refused before any policy is asked; null for all others. Rules that name such a method
    /// match nothing.
    /// </summary>
    public static Reason? Unserved(string method) => method switch
    {
        // RFC 9110, 9.3.6: a tunnel, and none of a path. Judged by one and sent on, it would open a tunnel at the upstream,
        // through which nothing is judged any more.
        "CONNECT" when Checks.On(Check.ConnectForm) => Reason.UnsupportedTarget,

        // RFC 9110, 9.3.8: the answer repeats the request as the upstream got it, with the secrets that were put in. TRACK is
        // what IIS called it.
        "TRACE" or "TRACK" when Checks.On(Check.TraceMethod) => Reason.UnsupportedMethod,
        _ => null,
    };

    /// <summary>The method's bit, or 0 for a method beyond the table.</summary>
    public static ulong BitOf(string method) => Bits.GetValueOrDefault(method);

    /// <summary>Whether this can be a method: upper-case letters, digits and the other characters of a token (RFC 9110, 5.6.2).</summary>
    public static bool IsValid(ReadOnlySpan<char> method)
    {
        if (method.IsEmpty || method.Length > 64)
        {
            return false;
        }

        foreach (var c in method)
        {
            if (char.IsAsciiLetterLower(c) || !HeaderName.IsTokenCharacter(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Known methods, for suggestions.</summary>
    public static IReadOnlyList<string> Names => Known;
}
