using System.Buffers;
using System.Text.Json;
using IronProxy.Runtime.Audit;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Management;

/// <summary>
/// Tells of each request when its record is written, line by line as the log has it. It is NDJSON and no event stream, so that what reads the log reads this as
/// well; browsers, for which event streams are made, cannot present the key with them.
/// </summary>
/// <param name="feed">The records.</param>
/// <param name="planHash">Policy hash of the plan that decides now.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">Ends streams with the process.</param>
internal sealed class RequestStream(RecordFeed feed, Func<string> planHash, TimeProvider time, CancellationToken stopping)
{
    private const int BatchBytes = 64 * 1024;

    /// <summary>How long a reader may take nothing before it is let go: it has one of few places.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Serves one reader to its end.</summary>
    /// <returns>Null, or why it is not served.</returns>
    public async Task<ManagementAnswer?> ServeAsync(HttpContext http)
    {
        using var reader = feed.TryOpen();
        if (reader is null)
        {
            return ManagementAnswer.Error(503, "too_many_readers", $"{RecordFeed.MaxReaders} read the stream already.");
        }

        http.Response.ContentType = "application/x-ndjson";
        http.Response.Headers.CacheControl = "no-store";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var lines = new ArrayBufferWriter<byte>(BatchBytes);
        WriteFirst(lines);
        try
        {
            while (await TrySendAsync(http, lines.WrittenMemory, ended.Token).ConfigureAwait(false))
            {
                await reader.WaitAsync(ended.Token).ConfigureAwait(false);
                lines.ResetWrittenCount();
                reader.Read(lines, BatchBytes, time.GetUtcNow());
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The reader went, or the process ends: the stream is whole up to here.
        }

        return null;
    }

    /// <summary>Tells a reader that it reads, before anything happens.</summary>
    private void WriteFirst(ArrayBufferWriter<byte> lines)
    {
        using (var json = new Utf8JsonWriter(lines))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow());
            json.WriteString("level"u8, "info"u8);
            json.WriteString("msg"u8, "watching"u8);
            json.WriteString("plan_hash"u8, planHash());
            json.WriteEndObject();
        }

        lines.Write("\n"u8);
    }

    /// <returns>False when the reader does not take it. Its connection is broken off, so that neither it nor the end of the process waits for the other.</returns>
    private async Task<bool> TrySendAsync(HttpContext http, ReadOnlyMemory<byte> lines, CancellationToken ended)
    {
        var sending = http.Response.Body.WriteAsync(lines, CancellationToken.None).AsTask();
        await ((Task)sending.WaitAsync(Patience, time, ended)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (sending.IsCompletedSuccessfully)
        {
            return true;
        }

        http.Abort();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Ends with the connection.
        return false;
    }
}
