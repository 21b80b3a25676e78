using System.Globalization;
using System.Text.Json;
using IronProxy.EndToEnd.Tests.Proxies;
using IronProxy.EndToEnd.Tests.Streaming;
using IronProxy.EndToEnd.Tests.Tools;

namespace IronProxy.EndToEnd.Tests.Management;

/// <summary>A proxy with the management API, and curl to ask it.</summary>
internal static class ManagedProxy
{
    public const string Key = "the-key-of-the-operator";

    public static readonly (string Name, string Value)[] Environment = [("MANAGEMENT_KEY", Key), ("API_KEY", "the-real-key")];

    private const string Settings = ExampleProxy.Settings + """
        management: { listen: "127.0.0.1:0", api_key_env: MANAGEMENT_KEY }
        transforms:

        """;

    /// <summary>A policy that allows one host of two, and has a secret for it.</summary>
    public static string Policy(string allowed) => Settings + $$"""
          - name: allowlist
            config:
              domains: ["{{allowed}}.example.com"]
          - name: secrets
            config:
              secrets:
                - source: {type: env, var: API_KEY}
                  allow_plaintext: true
                  replace: {proxy_value: placeholder-key, match_headers: [Authorization]}
                  rules: [{host: "{{allowed}}.example.com"}]

        """;

    /// <summary>The status of a request for a host, through the proxy on a new connection.</summary>
    public static async Task<int> AskAsync(GatewayProcess proxy, string name, int port)
    {
        await using var client = await RawClient.ConnectAsync(proxy.Listeners["http"]);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {name}.example.com:{port}\r\nConnection: close\r\n\r\n");
        return int.Parse((await client.ReadToEndAsync()).AsSpan(9, 3), CultureInfo.InvariantCulture);
    }

    /// <summary>Asks the management API with its key.</summary>
    public static Task<ApiAnswer> CallAsync(GatewayProcess proxy, string method, string path) => CurlAsync(proxy, path, "-X", method, "-H", $"Authorization: Bearer {Key}");

    public static Task<ApiAnswer> ReloadAsync(GatewayProcess proxy) => CallAsync(proxy, "POST", "/v1/reload");

    /// <summary>Asks it with other options.</summary>
    public static async Task<ApiAnswer> CurlAsync(GatewayProcess proxy, string path, params string[] options)
    {
        CommandLine.Require("curl", "curl");
        var text = await CommandLine.SucceedAsync("curl", ["-sS", "-i", "--noproxy", "*", .. options, $"http://{proxy.Listeners["management"]}{path}"]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return new ApiAnswer(int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture), text[..(end + 2)], text[(end + 4)..]);
    }
}

/// <summary>An answer of the management API.</summary>
internal sealed record ApiAnswer(int Status, string Head, string Body)
{
    /// <summary>The object of the body.</summary>
    public JsonElement Json
    {
        get
        {
            using var json = JsonDocument.Parse(Body);
            return json.RootElement.Clone();
        }
    }
}
