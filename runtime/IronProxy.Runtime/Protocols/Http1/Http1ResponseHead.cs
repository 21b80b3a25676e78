using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Protocols.Http1;

/// <summary>How the end of a response's body is found (RFC 9112, 6.3).</summary>
internal enum Http1BodyKind
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>Content-Length says it.</summary>
    Length,

    /// <summary>The last chunk says it.</summary>
    Chunked,

    /// <summary>The connection is closed behind it.</summary>
    UntilClose,
}

/// <summary>The head of a response: names, values and their order as they came.</summary>
/// <param name="status">Status code.</param>
/// <param name="isHttp11">Whether the upstream speaks HTTP/1.1, and not 1.0.</param>
internal sealed class Http1ResponseHead(int status, bool isHttp11)
{
    /// <summary>Status code, 100 to 599.</summary>
    public int Status { get; } = status;

    /// <summary>Whether the upstream speaks HTTP/1.1, and not 1.0.</summary>
    public bool IsHttp11 { get; } = isHttp11;

    /// <summary>The header lines.</summary>
    public List<KeyValuePair<string, string>> Headers { get; } = new(12);

    /// <summary>Content-Length; null when there is none.</summary>
    public long? ContentLength { get; set; }

    /// <summary>Whether the body is chunked.</summary>
    public bool IsChunked { get; set; }

    /// <summary>Whether the upstream says that it closes behind this response.</summary>
    public bool Closes { get; set; }

    /// <summary>Whether another response follows for the same request (RFC 9110, 15.2).</summary>
    public bool IsInterim => Status < StatusCodes.Status200OK && Status != StatusCodes.Status101SwitchingProtocols;

    /// <summary>Where the body of the answer to a request with a method ends.</summary>
    public Http1BodyKind BodyKind(string method) => MayHaveBody(Status, method) switch
    {
        false => Http1BodyKind.None,
        _ when IsChunked => Http1BodyKind.Chunked,
        _ when ContentLength is { } length => length == 0 ? Http1BodyKind.None : Http1BodyKind.Length,
        _ => Http1BodyKind.UntilClose,
    };

    /// <summary>
    /// Whether another request may follow on the connection. An upstream that announces a body where none can be may send it all
    /// the same, and it would be read as the next response.
    /// </summary>
    public bool KeepsConnection(string method) =>
        IsHttp11 && !Closes && BodyKind(method) != Http1BodyKind.UntilClose
        && (Status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent) || (!IsChunked && ContentLength is null or 0));

    /// <summary>Whether a response can have a body: 205 may not send one (RFC 9110, 15.3.6), the others cannot.</summary>
    public static bool MayHaveBody(int status, string method) =>
        !HttpMethods.IsHead(method)
        && status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified);
}
