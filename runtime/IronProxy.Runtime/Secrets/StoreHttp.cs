using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Secrets;

/// <summary>Asks stores of secrets over HTTP. What they answer is bounded, and no error repeats it.</summary>
/// <param name="http">The way to what the operator has named.</param>
internal sealed class StoreHttp(HttpMessageInvoker http)
{
    /// <summary>The longest answer that is read: no store keeps so much in one secret.</summary>
    private const int MaxAnswer = 1024 * 1024;

    private const int ReadSize = 16 * 1024;

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="problem">Makes the error, of why there is no answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartupException">There is no answer, or it is too large.</exception>
    public async ValueTask<StoreAnswer> SendAsync(HttpRequestMessage request, Func<string, StartupException> problem, CancellationToken cancellation)
    {
        try
        {
            using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
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
