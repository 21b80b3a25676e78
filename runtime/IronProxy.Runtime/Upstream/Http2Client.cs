using System.Net;
using System.Text;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// HTTP/2 to one origin, over .NET's client, set up to change nothing on its own: no redirects, cookies, decompression, proxies or
/// added headers.
/// </summary>
internal sealed class Http2Client : IdleUpstream, IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    /// <summary>Makes a client.</summary>
    /// <param name="origin">The origin.</param>
    /// <param name="connect">Opens a connection on which HTTP/2 was chosen.</param>
    public Http2Client(UpstreamOrigin origin, Func<UpstreamOrigin, IPAddress, CancellationToken, ValueTask<Stream>> connect)
        : base(origin) =>
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = Timeout.InfiniteTimeSpan, // The connector has a limit of its own, and tells what it was that took so long.
            MaxResponseHeadersLength = 128, // KiB, as for requests.
            RequestHeaderEncodingSelector = static (_, request) =>
            {
                // Asked for each header, so before anything of a try is on the wire.
                ((UpstreamRequest)request).Begin();
                return Encoding.Latin1;
            },
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ConnectCallback = (context, cancellation) => connect(origin, ((UpstreamRequest)context.InitialRequestMessage).Client, cancellation),
        });

    /// <summary>How many requests use it. Guarded by the pool.</summary>
    public int Users { get; set; }

    /// <summary>Sends a request and returns when the head of the response is there.</summary>
    public Task<HttpResponseMessage> SendAsync(UpstreamRequest request, CancellationToken cancellation) =>
        _invoker.SendAsync(request, cancellation);

    /// <inheritdoc />
    public override void Close() => Dispose();

    /// <inheritdoc />
    public void Dispose() => _invoker.Dispose();
}
