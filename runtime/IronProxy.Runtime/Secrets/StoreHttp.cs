using System.Net;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Secrets;

/// <summary>Asks stores of secrets over HTTP. What they answer is bounded, and no error repeats it.</summary>
/// <param name="http">The way to what the operator has named.</param>
internal sealed class StoreHttp(HttpMessageInvoker http)
{
    /// <summary>The longest answer that is read: no store keeps so much in one secret.</summary>
    private const int MaxAnswer = 1024 * 1024;

    private const int ReadSize = 16 * 1024;

    /// <summary>Behind an answer that says no more than "not now", or none, there is one more try. A start would end otherwise.</summary>
    private static readonly TimeSpan SecondTry = TimeSpan.FromMilliseconds(500);

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="problem">Makes the error, of why there is no answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartupException">There is no answer, or it is too large.</exception>
    public async ValueTask<StoreAnswer> SendAsync(HttpRequestMessage request, Func<string, StartupException> problem, CancellationToken cancellation)
    {
        try
        {
            using var response = await SendTwiceAsync(request, cancellation).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                return new StoreAnswer(response.StatusCode, await ReadAsync(body, problem, cancellation).ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Not as the cause: what libraries say repeats what was received.
            throw problem(ConfiguredHttp.Describe(e));
        }
    }

    /// <summary>Requests to stores have no streams in them, so that they can be sent again.</summary>
    private async Task<HttpResponseMessage> SendTwiceAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage? first = null;
        try
        {
            first = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            if (!IsTemporary(first.StatusCode))
            {
                return first;
            }
        }
        catch (HttpRequestException)
        {
            // Of the second it is said.
        }

        first?.Dispose();
        await Task.Delay(SecondTry, cancellation).ConfigureAwait(false);
        return await http.SendAsync(request, cancellation).ConfigureAwait(false);
    }

    private static bool IsTemporary(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static async Task<byte[]> ReadAsync(Stream body, Func<string, StartupException> problem, CancellationToken cancellation)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[ReadSize];
        for (int read; (read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            if (whole.Length + read > MaxAnswer)
            {
                throw problem($"it answered more than {MaxAnswer / (1024 * 1024)} MiB");
            }

            whole.Write(buffer, 0, read);
        }

        return whole.ToArray();
    }
}
