using System.Globalization;
using System.IO.Compression;
using System.Text;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Upstreams;

namespace IronProxy.EndToEnd.Tests.Mcp;

/// <summary>Ways to write the call of a denied tool so that some server would run it, as bytes on a socket. The upstream gets nothing of any.</summary>
public sealed class EvasionTests
{
    private const string Policy = """
        transforms:
          - name: allowlist
            config: { domains: ["*.example.com"] }
        mcp:
          servers:
            - name: tests
              rules: [{ host: "api.example.com" }]
              tools:
                - name: search
                - name: write
                  when: [{ path: owner, equals: me }, { path: labels.0, equals: bug }]
        """;

    private const string Denied = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete"}}""";

    /// <summary>What is sent, as a name and the body, with a header or two where they matter.</summary>
    private static readonly (string Name, byte[] Body, string Headers)[] Cases =
    [
        .. new (string Name, string Body)[]
        {
            ("denied", Denied),
            ("denied, written in escapes", """{"jsonrpc":"2.0","id":1,"method":"\u0074ools\/call","params":{"name":"\u0064elete"}}"""),
            ("denied, with blanks", " \t\r\n" + Denied.Replace(",", " ,\n", StringComparison.Ordinal)),
            ("denied, as a notification", """{"jsonrpc":"2.0","method":"tools/call","params":{"name":"delete"}}"""),
            ("denied, in a batch", $"[{Denied}]"),
            ("denied, behind others", $$"""[{"jsonrpc":"2.0","id":2,"method":"ping"},{{Denied}}]"""),
            ("a batch in a batch", $"[[{Denied}]]"),
            ("an empty batch", "[]"),
            ("a name in upper case", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"SEARCH"}}"""),
            ("a name with a blank", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search "}}"""),
            ("a name behind a NUL", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete\u0000search"}}"""),
            ("a name as a list", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["search"]}}"""),
            ("no name", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"""),
            ("no params", """{"jsonrpc":"2.0","id":1,"method":"tools/call"}"""),
            ("params as a list", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["delete"]}"""),
            ("params as text", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"{\"name\":\"delete\"}"}"""),
            ("two names", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","name":"delete"}}"""),
            ("two names, the first denied", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete","name":"search"}}"""),
            ("two names, one in escapes", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","n\u0061me":"delete"}}"""),
            ("a name in escapes", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"n\u0061me":"search"}}"""),
            ("two names, one in upper case", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","Name":"delete"}}"""),
            ("two names, one up to a NUL", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","name\u0000":"delete"}}"""),
            ("two methods", """{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"delete"}}"""),
            ("two methods, one in upper case", """{"jsonrpc":"2.0","id":1,"method":"tools/list","METHOD":"tools/call","params":{"name":"delete"}}"""),
            ("two methods, one in escapes", """{"jsonrpc":"2.0","id":1,"method":"tools/list","\u006dethod":"tools/call","params":{"name":"delete"}}"""),
            ("two params", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"},"params":{"name":"delete"}}"""),
            ("two params, one with a long s", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"},"param\u017f":{"name":"delete"}}"""),
            ("a method with a long s", """{"jsonrpc":"2.0","id":1,"method":"tool\u017f/call","params":{"name":"delete"}}"""),
            ("a method in upper case", """{"jsonrpc":"2.0","id":1,"method":"TOOLS/CALL","params":{"name":"delete"}}"""),
            ("a method with blanks", """{"jsonrpc":"2.0","id":1,"method":" tools/call","params":{"name":"delete"}}"""),
            ("a method with a line break", """{"jsonrpc":"2.0","id":1,"method":"tools/call\n","params":{"name":"delete"}}"""),
            ("a method up to a NUL", """{"jsonrpc":"2.0","id":1,"method":"tools/call\u0000x","params":{"name":"delete"}}"""),
            ("a method with a slash", """{"jsonrpc":"2.0","id":1,"method":"/tools/call","params":{"name":"delete"}}"""),
            ("a method with a mark", """{"jsonrpc":"2.0","id":1,"method":"\ufefftools/call","params":{"name":"delete"}}"""),
            ("a method as a list", """{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"delete"}}"""),
            ("no version", """{"id":1,"method":"tools/call","params":{"name":"search"}}"""),
            ("another version", """{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"search"}}"""),
            ("two versions", """{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"""),
            ("an id that is none", """{"jsonrpc":"2.0","id":{"a":1},"method":"tools/call","params":{"name":"search"}}"""),
            ("an answer that is a call", """{"jsonrpc":"2.0","id":1,"result":{},"method":"tools/call","params":{"name":"search"}}"""),
            ("a comment", """{"jsonrpc":"2.0","id":1,"method":"tools/list"/*,"method":"x"*/,"params":{}}"""),
            ("a comment at the end", """{"jsonrpc":"2.0","id":1,"method":"tools/list"}// more"""),
            ("a comma too many", """{"jsonrpc":"2.0","id":1,"method":"tools/list",}"""),
            ("single quotes", """{'jsonrpc':'2.0','id':1,'method':'tools/call','params':{'name':'delete'}}"""),
            ("names without quotes", """{jsonrpc:"2.0",id:1,method:"tools/call",params:{name:"delete"}}"""),
            ("NaN", """{"jsonrpc":"2.0","id":NaN,"method":"tools/list"}"""),
            ("a number with a zero in front", """{"jsonrpc":"2.0","id":01,"method":"tools/list"}"""),
            ("two messages", """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""" + Denied),
            ("two messages on two lines", """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""" + "\n" + Denied),
            ("half of a message", Denied[..^5]),
            ("text", "\"" + Denied.Replace("\"", "\\\"", StringComparison.Ordinal) + "\""),
            ("an event", $"data: {Denied}\n\n"),
            ("a form", "jsonrpc=2.0&method=tools%2Fcall&name=delete"),
            ("too deep", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"a":""" + new string('[', 200) + new string(']', 200) + "}}}"),
            ("half of a pair", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\ud83d"}}"""),
            ("another owner", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":"you","labels":["bug"]}}}"""),
            ("two owners", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":"me","owner":"you","labels":["bug"]}}}"""),
            ("two owners, one in upper case", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":"me","Owner":"you","labels":["bug"]}}}"""),
            ("two owners, one up to a NUL", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":"me","owner\u0000":"you","labels":["bug"]}}}"""),
            ("an owner as a list", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":["me"],"labels":["bug"]}}}"""),
            ("a label at another place", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":"me","labels":["x","bug"]}}}"""),
            ("arguments as a list", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":["me"]}}"""),
        }.Select(c => (c.Name, Encoding.UTF8.GetBytes(c.Body), "")),
        ("a byte order mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Denied)], ""),
        ("UTF-16", Encoding.Unicode.GetBytes(Denied), ""),
        ("UTF-16 that is announced", Encoding.Unicode.GetBytes(Denied), "Content-Type: application/json; charset=utf-16\r\n"),
        ("UTF-7 that is announced", Encoding.ASCII.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""), "Content-Type: application/json; charset=utf-7\r\n"),
        ("two charsets", Encoding.ASCII.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""), "Content-Type: application/json; charset=utf-8; charset=utf-16\r\n"),
        ("bytes that are no UTF-8", [.. """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"a":"""u8, (byte)'"', 0xC3, (byte)'"', .. "}}}"u8], ""),
        ("an overlong slash", [.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools"u8, 0xC0, 0xAF, .. "call\",\"params\":{\"name\":\"delete\"}}"u8], ""),
        ("packed", Packed(Denied), "Content-Encoding: gzip\r\n"),
        ("packed, and cut", Packed(Denied)[..^6], "Content-Encoding: gzip\r\n"),
        ("packed twice", Packed(Denied), "Content-Encoding: gzip, gzip\r\n"),
        ("two members of gzip", [.. Packed("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""), .. Packed(" ")], "Content-Encoding: gzip\r\n"),
        ("a coding that is not known", Encoding.UTF8.GetBytes(Denied), "Content-Encoding: zstd\r\n"),
        ("a header that says another method", Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}"""), "Mcp-Method: tools/call\r\n"),
        ("a header that says another tool", Encoding.UTF8.GetBytes("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}"""), "Mcp-Name: delete\r\n"),
    ];

    /// <summary>Each case in a request with a length, in chunks, and as the body of a GET: 228 in all.</summary>
    [Fact]
    public async Task No_way_to_write_a_denied_call_reaches_the_server()
    {
        using var folder = ProxyFolder.Create();
        await using var proxy = await GatewayProcess.StartAsync(folder, ExampleProxy.Settings + Policy);
        await using var upstream = ScriptedUpstream.Start();
        var sent = 0;
        foreach (var (name, body, headers) in Cases)
        {
            foreach (var (method, chunks) in ((string, bool)[])[("POST", false), ("POST", true), ("GET", false)])
            {
                var answer = await SendAsync(proxy, upstream.Port, method, headers, body, chunks);
                Assert.True(
                    answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 415 ", StringComparison.Ordinal)
                        || (answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) && answer.Contains("\"code\":-32001", StringComparison.Ordinal)),
                    $"{name} ({method}): {answer}");
                sent++;
            }
        }

        Assert.Equal(0, upstream.Connections);
        Assert.Equal(228, sent);

        // And what is allowed does.
        var allowed = await SendAsync(proxy, upstream.Port, "POST", "", """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"owner":"me","labels":["bug"]}}}"""u8.ToArray(), chunks: true);
        Assert.StartsWith("HTTP/1.1 502 ", allowed, StringComparison.Ordinal); // Its answer is none of MCP, which was asked all the same.
        Assert.Contains("malformed_mcp_response", allowed, StringComparison.Ordinal);
        Assert.Contains("\"owner\":\"me\"", upstream.Received, StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(GatewayProcess proxy, int port, string method, string headers, byte[] body, bool chunks)
    {
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        var framing = chunks ? "Transfer-Encoding: chunked" : $"Content-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}";
        await client.SendAsync($"{method} /mcp HTTP/1.1\r\nHost: api.example.com:{port.ToString(CultureInfo.InvariantCulture)}\r\nConnection: close\r\n{headers}{framing}\r\n\r\n");
        var text = Encoding.Latin1.GetString(body);
        var half = text.Length / 2;
        await client.SendAsync(chunks ? $"{half:x}\r\n{text[..half]}\r\n{text.Length - half:x}\r\n{text[half..]}\r\n0\r\n\r\n" : text);
        return await client.ReadToEndAsync();
    }

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }
}
