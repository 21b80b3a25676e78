namespace IronProxy.Runtime.Upstream;

/// <summary>A response over HTTP/2.</summary>
internal sealed class Http2Response : UpstreamResponse
{
    private readonly UpstreamPool _pool;
    private readonly Http2Client _client;
    private readonly HttpRequestMessage _request;
    private readonly HttpResponseMessage _response;
    private readonly StreamedRequestContent? _content;
    private readonly Stream _body;

    private Http2Response(UpstreamPool pool, Http2Client client, HttpRequestMessage request, HttpResponseMessage response, StreamedRequestContent? content, Stream body)
    {
        _pool = pool;
        _client = client;
        _request = request;
        _response = response;
        _content = content;
        _body = body;
    }

    /// <inheritdoc />
    public override int Status => (int)_response.StatusCode;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Headers => Lines(_response.Headers.NonValidated).Concat(Lines(_response.Content.Headers.NonValidated));

    /// <inheritdoc />
    public override long? Length => _response.Content.Headers.ContentLength;

    /// <inheritdoc />
    public override bool MayHaveTrailers => true;

    /// <inheritdoc />
    public override bool RequestSent => _content?.IsSent != false;

    /// <inheritdoc />
    public override IEnumerable<KeyValuePair<string, string>> Trailers => Lines(_response.TrailingHeaders.NonValidated);

    /// <summary>Takes over a response, and the request and the client with it.</summary>
    public static async ValueTask<UpstreamResponse> CreateAsync(
        UpstreamPool pool, Http2Client client, HttpRequestMessage request, HttpResponseMessage response, StreamedRequestContent? content, CancellationToken cancellation)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return new Http2Response(pool, client, request, response, content, body);
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await _body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        _response.Dispose();
        if (_content is not null)
        {
            await _content.StopAsync().ConfigureAwait(false);
        }

        _request.Dispose();
        _pool.Return(_client);
    }

    private static IEnumerable<KeyValuePair<string, string>> Lines(System.Net.Http.Headers.HttpHeadersNonValidated headers)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                yield return new(name, value);
            }
        }
    }
}
