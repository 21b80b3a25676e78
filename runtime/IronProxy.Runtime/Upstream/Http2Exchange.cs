using System.Net;
using IronProxy.Runtime.Protocols.WebSocket;
using IronProxy.Runtime.Requests;

namespace IronProxy.Runtime.Upstream;

/// <summary>One request over HTTP/2.</summary>
internal static class Http2Exchange
{
    private static readonly UriCreationOptions AsReceived = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Makes a request.</summary>
    /// <returns>Null when .NET's client has no way to name the host, such as one whose last label begins with an underscore.</returns>
    public static Uri? TryCreateUri(ProxiedRequest context)
    {
        var request = context.Destination;
        var text = $"{request.Scheme}://{request.Host.UriText}:{request.Port}{context.Path}{context.Query}";
        return Uri.TryCreate(text, AsReceived, out var uri) ? uri : null;
    }

    /// <summary>Sends a request.</summary>
    /// <exception cref="HttpRequestException">No usable response came.</exception>
    public static async Task<UpstreamResponse> SendAsync(UpstreamPool pool, Http2Client client, Uri uri, ProxiedRequest context, ResponseDeadline deadline)
    {
        var content = context.Body.Exists ? new StreamedRequestContent(context, deadline) : null;
        var request = Create(uri, context, content);
        try
        {
            if (content is null)
            {
                deadline.Start();
            }

            var response = await client.SendAsync(request, deadline.Token).ConfigureAwait(false);
            return await Http2Response.CreateAsync(pool.Return, client, request, response, content, deadline.Token).ConfigureAwait(false);
        }
        catch
        {
            if (content is not null)
            {
                await content.StopAsync().ConfigureAwait(false);
            }

            request.Dispose();
            pool.Return(client);
            throw;
        }
    }

    /// <summary>Makes the request that opens a WebSocket (RFC 8441, 4 and 5).</summary>
    public static UpstreamRequest CreateWebSocket(Uri uri, ProxiedRequest context)
    {
        var request = Create(uri, HttpMethod.Connect, context);
        request.Headers.Protocol = WebSocketHandshake.Protocol;
        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, value) = context.Headers[i];
            if (!name.Equals(WebSocketHandshake.KeyHeader, StringComparison.OrdinalIgnoreCase))
            {
                AddHeader(request, name, value);
            }
        }

        return request;
    }

    private static UpstreamRequest Create(Uri uri, ProxiedRequest context, StreamedRequestContent? content)
    {
        var request = Create(uri, HttpMethod.Parse(context.Request.Method), context);
        request.Content = content;
        if (content is null && context.Http.Request.Headers.ContentLength is not null)
        {
            request.Content = new ByteArrayContent([]);
        }

        for (var i = 0; i < context.Headers.Count; i++)
        {
            var (name, value) = context.Headers[i];
            AddHeader(request, name, value);
        }

        return request;
    }

    private static UpstreamRequest Create(Uri uri, HttpMethod method, ProxiedRequest context) => new(context.ClientAddress, context.Audit)
    {
        Method = method,
        RequestUri = uri,
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Headers = { Host = context.Destination.HostHeader },
    };

    private static void AddHeader(HttpRequestMessage request, string name, string value)
    {
        if (name.Equals("Expect", StringComparison.OrdinalIgnoreCase))
        {
            request.Headers.ExpectContinue = true;
            return;
        }

        if (!request.Headers.TryAddWithoutValidation(name, value))
        {
            // Headers that describe a body live with the body in this client; without one nothing is said of its length.
            request.Content ??= new NoContent();
            request.Content.Headers.TryAddWithoutValidation(name, value);
        }
    }

    private sealed class NoContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
