using System.Collections.Immutable;
using System.Text;

namespace IronProxy.Runtime.Upstream;

/// <summary>
/// The letter case of header names over HTTP/1.1. The HTTP client rewrites names that it knows to their usual case; some
/// upstreams, and proxy.yaml, want another. A request that needs that says so here, and the connection's stream overwrites
/// the names in the head, in place.
/// </summary>
public sealed class HeaderSpelling
{
    private static readonly AsyncLocal<HeaderSpelling?> Ambient = new();

    private readonly ImmutableArray<byte[]> _names;

    private HeaderSpelling(IEnumerable<string> names) => _names = [.. names.Select(Encoding.ASCII.GetBytes)];

    /// <summary>The spelling that the request on this flow of control asks for; null once its head was written.</summary>
    internal static HeaderSpelling? Current => Ambient.Value;

    /// <summary>Whether the head has been written.</summary>
    internal bool Done { get; set; }

    /// <summary>Asks for spellings, for the request that is sent next on this flow of control.</summary>
    public static void Use(IReadOnlyCollection<string>? names)
    {
        if (names is not null || Ambient.Value is not null)
        {
            Ambient.Value = names is null ? null : new HeaderSpelling(names);
        }
    }

    /// <summary>Overwrites the names in a head.</summary>
    /// <param name="head">Bytes of the head, from the start of a line.</param>
    internal void Apply(Span<byte> head)
    {
        var lineStart = 0;
        while (lineStart < head.Length)
        {
            var line = head[lineStart..];
            var end = line.IndexOf("\r\n"u8);
            var colon = line.IndexOf((byte)':');
            if (colon > 0 && (end < 0 || colon < end))
            {
                foreach (var name in _names)
                {
                    if (name.Length == colon && Ascii.EqualsIgnoreCase(line[..colon], name))
                    {
                        name.CopyTo(line);
                    }
                }
            }

            if (end < 0)
            {
                return;
            }

            lineStart += end + 2;
        }
    }
}
