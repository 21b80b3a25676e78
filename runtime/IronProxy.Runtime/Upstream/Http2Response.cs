using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Upstream;

/// <summary>A response over HTTP/2.</summary>
internal sealed class Http2Response : UpstreamResponse
{
    private readonly Action<Http2Client> _release;
    private readonly Http2Client _client;
    private readonly HttpRequestMessage _request;
    private readonly HttpResponseMessage _response;
    private readonly StreamedRequestContent? _content;
    private readonly Stream _body;
    private long _read;

    private Http2Response(Action<Http2Client> release, Http2Client client, HttpRequestMessage request, HttpResponseMessage response, StreamedRequestContent? content, Stream body)
    {
        _release = release;
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
    /// <param name="release">What is done with the client in the end.</param>
    /// <param name="client">The client.</param>
    /// <param name="request">The request.</param>
    /// <param name="response">The response.</param>
    /// <param name="content">The request's body; null without one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="UpstreamBrokenException">Its length cannot be read, and could be taken for two.</exception>
    public static async ValueTask<UpstreamResponse> CreateAsync(
        Action<Http2Client> release, Http2Client client, HttpRequestMessage request, HttpResponseMessage response, StreamedRequestContent? content, CancellationToken cancellation)
    {
        if (!HasOneLength(response))
        {
            response.Dispose();
            throw new UpstreamBrokenException(Reason.UpstreamProtocol);
        }

        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return new Http2Response(release, client, request, response, content, body);
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            var read = await _body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            _read += read;
            if (Length is { } length && Http1ResponseHead.MayHaveBody(Status, _request.Method.Method))
            {
                // RFC 9113, 8.1.1: such a response is malformed, which the library does not look at.
                if (_read > length)
                {
                    throw new BrokenResponseException(Reason.UpstreamProtocol);
                }

                if (read == 0 && !buffer.IsEmpty && _read < length)
                {
                    throw new IOException("The body has fewer bytes than its head says.");
                }
            }

            // RFC 9110, 6.5.1: what decides about framing or routing is no trailer. Over HTTP/1.1 such ones are refused, too.
            if (read == 0 && !buffer.IsEmpty && Trailers.Any(static t => HeaderName.IsFraming(t.Key)))
            {
                throw new BrokenResponseException(Reason.UpstreamProtocol);
            }

            return read;
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
        _release(_client);
    }

    /// <summary>Whether there is no length, or one that is a number. The library takes any other for none.</summary>
    private static bool HasOneLength(HttpResponseMessage response) =>
        !response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var values)
        || (values.Count == 1 && values.ToString() is { Length: > 0 } text && text.All(char.IsAsciiDigit) && response.Content.Headers.ContentLength is not null);

    /// <summary>Header lines as they came.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Lines(System.Net.Http.Headers.HttpHeadersNonValidated headers)
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
