using System.Text.Json;
using IronProxy.Plan.Matching;

namespace IronProxy.Cli.Commands.Watch;

/// <summary>Which requests are shown. Lines that are about no request always are.</summary>
/// <param name="deniedOnly">Those that were denied, and no others.</param>
/// <param name="host">The pattern of their hosts; null for all.</param>
internal sealed class RequestFilter(bool deniedOnly, string? host)
{
    private readonly HostPattern? _host = host is null ? null : HostPattern.Parse(host.ToLowerInvariant());

    /// <summary>Whether a text has only what host patterns have.</summary>
    public static bool IsPattern(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*' or '?' or ':');

    /// <summary>Whether a line is shown. What cannot be read is: it is not for a filter to hide it.</summary>
    public bool Shows(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return !json.RootElement.TryGetProperty("audit"u8, out var audit)
                || ((!deniedOnly || audit.GetProperty("action"u8).ValueEquals("reject"u8))
                    && (_host is not { } pattern || pattern.Matches(audit.GetProperty("host"u8).GetString())));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return true;
        }
    }
}
