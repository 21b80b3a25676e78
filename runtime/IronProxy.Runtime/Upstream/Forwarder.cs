using System.Buffers;
using System.Net;
using System.Security.Authentication;
using IronProxy.Plan;
using IronProxy.Runtime.Pipeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Upstream;

/// <summary>Sends a request that every step let through, and streams the response back.</summary>
/// <param name="client">The HTTP client.</param>
/// <param name="headerTimeout">How long an upstream may take to begin its response.</param>
public sealed class Forwarder(UpstreamClient client, TimeSpan headerTimeout)
{
    private const int BufferSize = 64 * 1024;

    private static readonly UriCreationOptions AsReceived = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Forwards a request.</summary>
    /// <returns>Null, or why nothing was forwarded; then no response has been started.</returns>
    public async Task<Reason?> ForwardAsync(RequestContext context)
    {
        using var deadline = new ResponseDeadline(headerTimeout, context.Aborted);
        using var request = CreateRequest(context, deadline);
        HttpResponseMessage response;
        try
        {
            if (!context.Body.Exists)
            {
                deadline.Start();
            }

            response = await client.SendAsync(request, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return Classify(e, context);
        }

        using (response)
        {
            deadline.Stop();
            return await SendBackAsync(context, response, deadline.Token).ConfigureAwait(false);
        }
    }

    private static UpstreamRequest CreateRequest(RequestContext context, ResponseDeadline deadline)
    {
        var canonical = context.Request;
        var http2 = HttpProtocol.IsHttp2(context.Http.Request.Protocol) && canonical.Scheme == "https";
        var request = new UpstreamRequest(context.Http.Connection.RemoteIpAddress ?? IPAddress.None)
        {
            Method = HttpMethod.Parse(canonical.Method),
            RequestUri = new Uri($"{canonical.Scheme}://{canonical.Host.UriText}:{canonical.Port}{context.Path}{context.Query}", AsReceived),
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.Host = canonical.HostHeader;
        if (context.Body.Exists)
        {
            request.Content = new StreamedRequestContent(context.Body, deadline.Start);
        }

        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, values) = context.Headers[i];
            AddHeader(request, name, values);
        }

        HeaderSpelling.Use(context.Headers.Spellings);
        return request;
    }

    private static void AddHeader(HttpRequestMessage request, string name, StringValues values)
    {
        if (name.Equals("Expect", StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.ExpectContinue = true;
            return;
        }

        if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values))
        {
            // Headers that describe a body live with the body in this client; without one they describe an empty body.
            request.Content ??= new ByteArrayContent([]);
            request.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values);
        }
    }

    private static Reason Classify(Exception error, RequestContext context)
    {
        if (context.Body.Fault is { } fault)
        {
            return fault;
        }

        for (var e = error; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case UpstreamRefusedException refused:
                    return refused.Reason;
                case AuthenticationException:
                    return Reason.UpstreamTls;
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return Reason.UpstreamTls;
                case OperationCanceledException:
                    return context.Aborted.IsCancellationRequested ? Reason.ClientClosed : Reason.UpstreamTimeout;
                case HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ResponseEnded or HttpRequestError.ConfigurationLimitExceeded }:
                    return Reason.UpstreamProtocol;
            }
        }

        return Reason.UpstreamUnreachable;
    }

    private static async Task<Reason?> SendBackAsync(RequestContext context, HttpResponseMessage response, CancellationToken cancellation)
    {
        var http = context.Http;
        http.Response.StatusCode = (int)response.StatusCode;
        try
        {
            CopyHeaders(http, response);
        }
        catch (InvalidOperationException)
        {
            // The server refuses to send a header that has control characters: nothing of this response is trusted then.
            return Reason.UpstreamProtocol;
        }

        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
            {
                await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
                context.Audit.ResponseBytes += read;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The client must see that the response is not whole.
            http.Abort();
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (http.Response.SupportsTrailers())
        {
            foreach (var (name, values) in response.TrailingHeaders.NonValidated)
            {
                http.Response.AppendTrailer(name, new StringValues([.. values]));
            }
        }

        return null;
    }

    private static void CopyHeaders(HttpContext http, HttpResponseMessage response)
    {
        var ownByConnection = response.Headers.NonValidated.TryGetValues("Connection", out var connection)
            ? ConnectionOptions.Parse(connection)
            : null;
        var chunked = response.Headers.TransferEncodingChunked == true;
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            if (!HeaderName.IsHopByHop(name) && ownByConnection?.Contains(name) != true)
            {
                http.Response.Headers[name] = ToValues(values);
            }
        }

        foreach (var (name, values) in response.Content.Headers.NonValidated)
        {
            // RFC 9112, 6.3: with a transfer coding the length means nothing and must not travel on.
            if (!(chunked && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) && ownByConnection?.Contains(name) != true)
            {
                http.Response.Headers[name] = ToValues(values);
            }
        }
    }

    private static StringValues ToValues(System.Net.Http.Headers.HeaderStringValues values) =>
        values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
}
