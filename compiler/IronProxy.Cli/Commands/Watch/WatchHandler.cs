using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using IronProxy.Cli.AuditLogs;
using IronProxy.Cli.Terminal;
using IronProxy.Pipeline.Logs;

namespace IronProxy.Cli.Commands.Watch;

/// <summary>Shows the requests of a running proxy as its management API tells of them.</summary>
internal sealed class WatchHandler(CliConsole console)
{
    private const string Path = "/v1/requests";
    private const string ContentType = "application/x-ndjson";
    private const int MaxErrorBytes = 64 * 1024;

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public async Task<int> RunAsync(Uri address, string keyEnv, RequestFilter filter, bool json, CancellationToken cancellation)
    {
        // Directly: what HTTP_PROXY names may be the very proxy that is watched, and the key goes to nobody else.
        using var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, Path));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {KeyOf(keyEnv)}");
        try
        {
            using var response = await AskAsync(client, request, address, cancellation);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != ContentType)
            {
                throw new CliException(await WhyNotAsync(response, address, keyEnv, cancellation));
            }

            await ShowAsync(await response.Content.ReadAsStreamAsync(cancellation), filter, json, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Ok; // Ctrl-C is how one stops looking.
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new CliException($"the connection to {address.Authority} broke off: {e.Message}", e);
        }

        console.Error.WriteLine($"ironc: {address.Authority} ended the stream, as a proxy does that was told to stop");
        return ExitCode.Ok;
    }

    private string KeyOf(string keyEnv)
    {
        if (console.Environment(keyEnv) is not { Length: > 0 } key)
        {
            throw new CliException($"the environment variable {keyEnv} is not set: it holds the key of the management API (--key-env names another)");
        }

        return key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new CliException($"{keyEnv} holds no key of a management API: it has white space (a line break at its end?), control characters or what is beyond ASCII")
            : key;
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, HttpRequestMessage request, Uri address, CancellationToken cancellation)
    {
        try
        {
            return await TimeLimit.WithinAsync(AnswerWithin, stop => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), cancellation);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new CliException($"{address.Authority} cannot be reached: {e.Message}; does the proxy run there, and has its policy a section management?", e);
        }
        catch (HttpRequestException e)
        {
            throw new CliException(IsNone(address, $"it does not answer as one ({e.Message})"), e);
        }
        catch (TimeoutException e)
        {
            throw new CliException(IsNone(address, e.Message), e);
        }
    }

    private static string IsNone(Uri address, string why) => $"{address.Authority} is no management API of an iron-proxy: {TerminalText.Escape(why)}";

    /// <summary>Why there is no stream. Its answers tell a management API from other servers.</summary>
    private static async Task<string> WhyNotAsync(HttpResponseMessage response, Uri address, string keyEnv, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        if (await ReadErrorAsync(response, cancellation) is not ({ } error, { } message))
        {
            return IsNone(address, $"GET {Path} is answered with {status} and {response.Content.Headers.ContentType?.MediaType ?? "no content"}");
        }

        return error switch
        {
            "unauthorized" => $"{address.Authority} does not take the key that is in {keyEnv}",
            "not_found" => $"the iron-proxy at {address.Authority} is of a release without {Path}",
            _ => $"{address.Authority} refuses: {TerminalText.Escape(error)}: {TerminalText.Escape(message)}",
        };
    }

    private static async Task<(string? Error, string? Message)> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            var bytes = new byte[MaxErrorBytes];
            var stream = await response.Content.ReadAsStreamAsync(cancellation);
            var length = await TimeLimit.WithinAsync(AnswerWithin, stop => stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop).AsTask(), cancellation);
            using var json = JsonDocument.Parse(bytes.AsMemory(0, length));
            return (json.RootElement.GetProperty("error"u8).GetString(), json.RootElement.GetProperty("message"u8).GetString());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or TimeoutException)
        {
            return default; // Of another server.
        }
    }

    private async Task ShowAsync(Stream stream, RequestFilter filter, bool json, CancellationToken cancellation)
    {
        var text = new LogText(console.OutHasColor);
        var reader = PipeReader.Create(stream);
        while (true)
        {
            var read = await ReadAsync(reader, cancellation);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = rest.Slice(0, end).ToArray();
                rest = rest.Slice(rest.GetPosition(1, end));
                if (filter.Shows(line))
                {
                    console.Out.WriteLine(json ? Encoding.UTF8.GetString(line) : text.Of(line));
                }
            }

            if (read.IsCompleted)
            {
                return;
            }

            if (rest.Length > LogLines.MaxBytes)
            {
                throw new CliException("the stream has a line that is longer than any audit record");
            }

            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    /// <summary>Waits for more. Without requests nothing is printed, which would tell that nobody reads any more.</summary>
    private async Task<ReadResult> ReadAsync(PipeReader reader, CancellationToken cancellation)
    {
        var reading = reader.ReadAsync(cancellation).AsTask();
        while (await Task.WhenAny(reading, Task.Delay(LookEvery, console.Time, cancellation)) != reading)
        {
            if (!console.OutIsRead())
            {
                throw new OutputGoneException();
            }
        }

        return await reading;
    }
}
