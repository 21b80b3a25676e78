using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Tools;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Audit;

/// <summary>The log for people (<c>log.format: text</c>), in a pipe and on a terminal.</summary>
public sealed partial class TextLogTests : IDisposable
{
    private const string Policy = ExampleProxy.Settings + """
        log: { format: text }
        transforms:
          - name: allowlist
            config: { domains: ["api.example.com"] }

        """;

    private readonly ProxyFolder _folder = ProxyFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_request_has_one_line_and_nothing_of_it_acts_on_a_terminal()
    {
        await using var upstream = ScriptedUpstream.Start();
        using var process = ProxyLauncher.Start(_folder, ["-plan", _folder.Compile(Policy)], ("TERM", "xterm"));
        var http = await ReadyAsync(process.StandardError);
        await AskAsync(http, $"GET /a HTTP/1.1\r\nHost: api.example.com:{upstream.Port}\r\nConnection: close\r\n\r\n");
        await AskAsync(http, "GET /b HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n");
        await AskAsync(http, "GET /\u009b31m HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n");
        await AskAsync(http, "GET /c HTTP/1.1\r\nHost: \u009b31m\u00ad\r\nConnection: close\r\n\r\n");
        await AskAsync(http, "GET /\e[2J HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n");
        await ProxyLauncher.SignalAsync(process, "TERM");
        var lines = (await process.StandardError.ReadToEndAsync().WaitAsync(Patience.Program)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(5, lines.Length);
        Assert.Matches($@"^\d\d:\d\d:\d\d\.\d\d\d allow GET http://api\.example\.com:{upstream.Port}/a 200 \S+ \(rule \d+:\d+, from 127\.0\.0\.1:\d+\)$", lines[0]);
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d\d\d deny  GET http://denied\.test/b 403 \S+ host_not_allowed \(allowlist \d+:\d+, from 127\.0\.0\.1:\d+\)$", lines[1]);
        Assert.All(lines, line => Assert.DoesNotContain(line, char.IsControl));
    }

    [SkippableTheory]
    [InlineData(null, true)]
    [InlineData("1", false)]
    public async Task On_a_terminal_there_are_colours_unless_NO_COLOR_is_set(string? noColor, bool expected)
    {
        CommandLine.Require("script", "bsdutils");
        (string, string)[] environment = noColor is null ? [("TERM", "xterm")] : [("TERM", "xterm"), ("NO_COLOR", noColor)];
        using var terminal = ProxyLauncher.StartCommand(_folder, ["script", "-qfec", $"echo $$; exec {ProxyBinaries.IronProxy} -plan {_folder.Compile(Policy)}", "/dev/null"], environment);
        using var proxy = Process.GetProcessById(int.Parse((await terminal.StandardOutput.ReadLineAsync().WaitAsync(Patience.Program))!, System.Globalization.CultureInfo.InvariantCulture));
        await AskAsync(await ReadyAsync(terminal.StandardOutput), "GET /b HTTP/1.1\r\nHost: denied.test\r\nConnection: close\r\n\r\n");
        await ProxyLauncher.SignalAsync(proxy, "TERM");
        var shown = await terminal.StandardOutput.ReadToEndAsync().WaitAsync(Patience.Program);
        await terminal.WaitForExitAsync();

        Assert.Contains(expected ? "\e[31mdeny  \e[0mGET http://denied.test/b 403 " : " deny  GET http://denied.test/b 403 ", shown, StringComparison.Ordinal);
        Assert.Equal(expected, shown.Contains('\e', StringComparison.Ordinal));
    }

    /// <summary>Waits for the line that says where the proxy listens.</summary>
    private static async Task<IPEndPoint> ReadyAsync(StreamReader log)
    {
        while (await log.ReadLineAsync().WaitAsync(Patience.Program) is { } line)
        {
            if (line.Contains(" ready ", StringComparison.Ordinal))
            {
                return IPEndPoint.Parse(HttpListener().Match(line).Groups[1].Value);
            }
        }

        throw new InvalidOperationException("iron-proxy did not become ready.");
    }

    private static async Task AskAsync(IPEndPoint http, string request)
    {
        await using var client = await RawClient.ConnectAsync(http);
        await client.SendAsync(request);
        await client.ReadToEndAsync();
    }

    [GeneratedRegex(@" http=(\S+)", RegexOptions.CultureInvariant)]
    private static partial Regex HttpListener();
}
