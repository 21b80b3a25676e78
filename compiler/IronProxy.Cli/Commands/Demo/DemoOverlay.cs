using System.Reflection;
using System.Text;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>
/// Fits the quickstart's proxy.yaml to this machine. The overlay replaces whole top-level sections; the lines that they
/// had are left empty, so that every other line keeps its number and an audit record points into the file that users read.
/// </summary>
internal static class DemoOverlay
{
    /// <summary>The sections that depend on the machine. Relative paths are in the demo's folder, where iron-proxy runs.</summary>
    public const string Text =
        """
        dns:
          listen: "127.0.0.1:0"
          proxy_ip: "127.0.0.1"
          records: # upstream lookups read these first, so httpbin.org is the demo's own server
            - name: "httpbin.org"
              type: A
              value: "127.0.0.1"
        proxy:
          http_listen: "127.0.0.1:0"
          https_listen: "127.0.0.1:0"
          tunnel_listen: "127.0.0.1:0"
          upstream_deny_cidrs: [] # the demo's server is on loopback, which is denied by default
        tls:
          ca_cert: "ca.crt"
          ca_key: "ca.key"
        metrics:
          listen: "127.0.0.1:0"

        """;

    /// <summary>samples/quickstart/proxy.yaml, as it was when ironc was built.</summary>
    public static string Quickstart()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("quickstart.proxy.yaml")!; // Embedded by the project file.
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The sample with the overlay's sections in the place of its own.</summary>
    public static string Apply(string sample, string overlay)
    {
        var replaced = overlay.Split('\n').Select(SectionOf).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var lines = sample.TrimEnd('\n').Split('\n');
        var inReplaced = false;
        for (var i = 0; i < lines.Length; i++)
        {
            if (SectionOf(lines[i]) is { } section)
            {
                inReplaced = replaced.Contains(section);
            }

            // Comments at the margin mostly belong to the section behind them.
            if (inReplaced && !lines[i].StartsWith('#'))
            {
                lines[i] = "";
            }
        }

        return string.Join('\n', lines) + '\n' + overlay;
    }

    /// <summary>The name of the top-level section that begins on a line, if one does.</summary>
    private static string? SectionOf(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && char.IsAsciiLetter(line[0]) ? line[..colon] : null;
    }
}
