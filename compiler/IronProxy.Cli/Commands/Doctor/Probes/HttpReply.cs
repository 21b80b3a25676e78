using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>The answer to one HTTP/1.1 request.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Reason">The reason code of iron-proxy's own answers. Null when the answer is somebody else's.</param>
/// <param name="Body">The beginning of its body.</param>
internal sealed record HttpReply(int Status, string? Reason, string Body)
{
    private const int MaxHead = 32 * 1024;
    private const int MaxBody = 8 * 1024;

    /// <summary>Whether iron-proxy itself answers: it refuses in JSON of one shape, whatever the request was.</summary>
    public bool IsProxy => Reason is not null;

    /// <summary>Whether policy said no. Of the proxy's own answers some say that it tried and could not: those it let through.</summary>
    public bool IsDenial => IsProxy && Status is not (502 or 504);

    /// <summary>Sends a request and reads the answer. Null when the other side closes without a byte, or with an alert of TLS.</summary>
    /// <exception cref="InvalidDataException">What comes back is not HTTP.</exception>
    public static async Task<HttpReply?> AskAsync(Stream stream, string request, bool expectBody, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), cancellation);
        await stream.FlushAsync(cancellation);
        if (await ReadHeadAsync(stream, cancellation) is not { } head)
        {
            return null;
        }

        var lines = head.Split("\r\n");
        var parts = lines[0].Split(' ', 3);
        if (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new InvalidDataException("the answer is not HTTP");
        }

        var body = expectBody || status != 200 ? await ReadBodyAsync(stream, lines, cancellation) : "";
        return new HttpReply(status, ReasonIn(body), body);
    }

    /// <summary>The reason in the JSON of a denial: <c>{"error":"denied","reason":"host_not_allowed",...,"policy":"allowlist"}</c>.</summary>
    internal static string? ReasonIn(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && Text(root, "error") is "denied" or "refused"
                && Text(root, "policy") is not null
                    ? Text(root, "reason")
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>Byte by byte, so that what follows stays in the stream: behind the answer to CONNECT comes TLS.</summary>
    private static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellation)
    {
        const string Start = "HTTP/1.";
        const char TlsAlert = '\x15'; // Who passes TLS through unopened has no other way to refuse.
        var text = new StringBuilder();
        var one = new byte[1];
        while (text.Length < MaxHead)
        {
            if (await stream.ReadAsync(one, cancellation) == 0)
            {
                return text.Length == 0 ? null : throw new InvalidDataException("the answer is cut");
            }

            text.Append((char)one[0]);
            if (text[0] == TlsAlert)
            {
                return null;
            }

            if (text.Length <= Start.Length && text[^1] != Start[text.Length - 1])
            {
                throw new InvalidDataException("the answer is not HTTP");
            }

            if (text.Length >= 4 && text[^1] == '\n' && text[^2] == '\r' && text[^3] == '\n')
            {
                return text.ToString(0, text.Length - 4);
            }
        }

        throw new InvalidDataException("the answer's head is too large");
    }

    private static async Task<string> ReadBodyAsync(Stream stream, string[] head, CancellationToken cancellation)
    {
        var length = MaxBody;
        foreach (var line in head)
        {
            if (line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(line.AsSpan(15).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var given))
            {
                length = Math.Min(given, MaxBody);
            }
        }

        var body = new byte[length];
        try
        {
            var read = await stream.ReadAtLeastAsync(body, length, throwOnEndOfStream: false, cancellation);
            return Encoding.UTF8.GetString(body, 0, read);
        }
        catch (IOException)
        {
            return ""; // The head is there, and what a verdict rests on; a body that is cut is no proxy's denial.
        }
    }
}
