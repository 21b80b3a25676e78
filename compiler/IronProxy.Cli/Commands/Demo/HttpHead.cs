using System.Text;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>The first line and the headers of an HTTP/1.1 message, as much of it as the demo's two ends need.</summary>
internal sealed record HttpHead(string FirstLine, IReadOnlyList<(string Name, string Value)> Headers)
{
    private const int MaxBytes = 32 * 1024;

    /// <summary>Reads a head, byte by byte so that what follows stays in the stream. Null when the other side closed.</summary>
    public static async Task<HttpHead?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (text.Length < MaxBytes)
        {
            if (await stream.ReadAsync(one, cancellation) == 0)
            {
                return null;
            }

            text.Append((char)one[0]);
            if (one[0] == '\n' && text.Length >= 4 && text[^2] == '\r' && text[^3] == '\n')
            {
                return Parse(text.ToString());
            }
        }

        throw new InvalidDataException($"A message head has more than {MaxBytes} bytes.");
    }

    /// <summary>The value of a header, or null.</summary>
    public string? Header(string name) =>
        Headers.FirstOrDefault(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static HttpHead Parse(string text)
    {
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line =>
        {
            var colon = Math.Max(0, line.IndexOf(':', StringComparison.Ordinal));
            return (line[..colon], line[Math.Min(line.Length, colon + 1)..].Trim());
        });
        return new HttpHead(lines.FirstOrDefault(""), [.. headers]);
    }
}
