using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Handling;

/// <summary>
/// What the server accepts in a head and the proxy does not, because two readers can understand it differently
/// (RFC 9112, 6 and 11.2).
/// </summary>
public static class RequestFraming
{
    /// <summary>Checks the headers of a request.</summary>
    /// <returns>Null, or why the request is refused.</returns>
    public static Reason? Check(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.TransferEncoding.Count > 0)
        {
            // The server renames Content-Length when it meets both, so its absence proves nothing.
            var hasLength = headers.ContainsKey("Content-Length") || headers.ContainsKey("X-Content-Length");
            if (RequestHead.CheckCodings(headers.TransferEncoding, hasLength, HttpProtocol.IsHttp11(request.Protocol)) is { } reason)
            {
                return reason;
            }
        }

        // RFC 9113, 8.2.2: what belongs to a connection makes a request of HTTP/2 malformed. The server refuses Connection itself.
        if (HttpProtocol.IsHttp2(request.Protocol)
            && (headers.ContainsKey("Keep-Alive") || headers.ContainsKey("Proxy-Connection") || headers.ContainsKey("Upgrade"))
            && Checks.On(Plan.Check.Http2ConnectionHeaders))
        {
            return Reason.MalformedRequest;
        }

        // RFC 8441, 5: what follows an extended CONNECT is the stream of its protocol and no body, so that nothing can be said of the body's length.
        if (RequestedWebSocket.IsExtended(request.HttpContext)
            && (headers.ContentLength is not null || headers.TransferEncoding.Count > 0)
            && Checks.On(Plan.Check.WebSocketLength))
        {
            return Reason.MalformedRequest;
        }

        return (Checks.On(Plan.Check.HeaderSyntax) ? CheckSyntax(headers) : null)
            ?? (Checks.On(Plan.Check.HeaderLength) ? CheckLengths(headers) : null);
    }

    private static Reason? CheckLengths(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                if (RequestHead.CheckLength(name, value ?? "") is { } reason)
                {
                    return reason;
                }
            }
        }

        return null;
    }

    private static Reason? CheckSyntax(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            // The names of HTTP/2's own were validated by the server.
            var isOwn = name.StartsWith(':');
            foreach (var value in values)
            {
                if (isOwn ? !HeaderName.IsValidValue(value) : RequestHead.CheckSyntax(name, value ?? "") is not null)
                {
                    return Reason.InvalidHeader;
                }
            }
        }

        return null;
    }
}
