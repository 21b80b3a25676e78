using IronProxy.Plan;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Handling;

/// <summary>
/// What the server accepts in a head and the proxy does not, because two readers can understand it differently
/// (RFC 9112, 6 and 11.2).
/// </summary>
public static class RequestFraming
{
    /// <summary>The longest name of a header. Those in use have a third of it.</summary>
    public const int MaxHeaderNameLength = 256;

    /// <summary>The longest value of a header: tickets of Kerberos have a good part of it.</summary>
    public const int MaxHeaderValueLength = 64 * 1024;

    /// <summary>Checks the headers of a request.</summary>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? Check(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.TransferEncoding.Count > 0)
        {
            // The server renames Content-Length when it meets both, so its absence proves nothing.
            if ((headers.ContainsKey("Content-Length") || headers.ContainsKey("X-Content-Length")) && Checks.On(Plan.Check.FramingConflict))
            {
                return Reason.AmbiguousFraming;
            }

            if ((headers.TransferEncoding.Count != 1
                    || !string.Equals(headers.TransferEncoding[0], "chunked", StringComparison.OrdinalIgnoreCase)
                    || !HttpProtocol.IsHttp11(request.Protocol))
                && Checks.On(Plan.Check.TransferCoding))
            {
                return Reason.UnsupportedTransferCoding;
            }
        }

        // RFC 9113, 8.2.2: what belongs to a connection makes a request of HTTP/2 malformed. The server refuses Connection itself.
        if (HttpProtocol.IsHttp2(request.Protocol)
            && (headers.ContainsKey("Keep-Alive") || headers.ContainsKey("Proxy-Connection") || headers.ContainsKey("Upgrade"))
            && Checks.On(Plan.Check.Http2ConnectionHeaders))
        {
            return Reason.MalformedRequest;
        }

        return (Checks.On(Plan.Check.HeaderSyntax) ? CheckSyntax(headers) : null)
            ?? (Checks.On(Plan.Check.HeaderLength) ? CheckLengths(headers) : null);
    }

    /// <summary>What is longer here than the limit of the next reader is cut, or refused where no policy is asked any more.</summary>
    private static Reason? CheckLengths(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            if (name.Length > MaxHeaderNameLength)
            {
                return Reason.HeadTooLarge;
            }

            foreach (var value in values)
            {
                if (value?.Length > MaxHeaderValueLength)
                {
                    return Reason.HeadTooLarge;
                }
            }
        }

        return null;
    }

    private static Reason? CheckSyntax(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            // Pseudo-headers of HTTP/2 were validated by the server.
            if (!HeaderName.IsValid(name) && !name.StartsWith(':'))
            {
                return Reason.InvalidHeader;
            }

            foreach (var value in values)
            {
                if (!HeaderName.IsValidValue(value))
                {
                    return Reason.InvalidHeader;
                }
            }
        }

        return null;
    }
}
