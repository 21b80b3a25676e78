using System.Text.RegularExpressions;
using IronProxy.EndToEnd.Tests.Bypass;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Upstreams;
using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Docs;

/// <summary>Sends every row of docs/reference/requests.md to a proxy and holds its verdict against the table's.</summary>
public sealed partial class RequestsPageTests(ExampleProxy example) : IClassFixture<ExampleProxy>
{
    private static readonly string Page = File.ReadAllText(Repository.Path("docs", "reference", "requests.md"));

    /// <summary>The rows, as listener, request line and verdict.</summary>
    public static TheoryData<string, string, string> Rows()
    {
        var rows = new TheoryData<string, string, string>();
        foreach (Match row in Row().Matches(Page))
        {
            rows.Add(row.Groups["listener"].Value, row.Groups["line"].Value, row.Groups["verdict"].Value);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_request_gets_the_verdict_of_its_row(string listener, string line, string verdict)
    {
        await using var upstream = ScriptedUpstream.Start();
        var authority = $"api.example.com:{upstream.Port}";
        var request = line.Replace("api.example.com:80", authority, StringComparison.Ordinal)
            .Replace("http://api.example.com/", $"http://{authority}/", StringComparison.Ordinal);
        var inside = listener == "inside a tunnel";
        await using var client = await BypassClient.ConnectAsync(example.Proxy.Listeners[inside ? "tunnel" : listener], example.Folder, t => t);
        if (inside)
        {
            await client.SendAsync(new BypassStep("connect", authority, []));
        }

        // A CONNECT whose target is a host needs no other, and the answer to one that is judged has neither length nor body.
        var opens = listener == "tunnel" && verdict == "judged" && line.StartsWith("CONNECT", StringComparison.Ordinal);
        var host = listener == "tunnel" && line.StartsWith("CONNECT", StringComparison.Ordinal) ? "" : $"Host: {authority}\r\n";
        await client.SendAsync(new BypassStep("send", $"{request}\r\n{host}\r\n", []));

        await client.ExpectAsync(new BypassExpectation
        {
            Status = opens ? null : verdict == "judged" ? 200 : Plan.Reason.Find(verdict)!.Status,
            Reply = opens ? Convert.ToHexString("HTTP/1.1 200 Connection Established\r\n\r\n"u8) : null,
            Reason = verdict == "judged" ? null : verdict,
        }).WaitAsync(Patience.Event);
        Assert.Equal(verdict == "judged" && !opens, upstream.Received.Length > 0);
    }

    [Fact]
    public void No_row_of_the_table_is_left_out() =>
        Assert.Equal(Page.Split('\n').Count(l => l.StartsWith("| ", StringComparison.Ordinal)) - 1, Row().Count(Page));

    [GeneratedRegex(@"^\| (?<listener>http|tunnel|inside a tunnel) \|[^|]*\|[^|]*\| `(?<line>[^`]+)` \| `?(?<verdict>[a-z_]+)`? \|$", RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Row();
}
