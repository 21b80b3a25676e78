using System.IO.Compression;
using System.Net;
using System.Text;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Scrubbing;

/// <summary>Responses that go on for long, or are long, through a proxy that searches them, over HTTP/1.1 and HTTP/2 on both sides.</summary>
public sealed class ScrubbedStreamTests : IAsyncLifetime
{
    private const string Real = "sk-live-0123456789";
    private const int Repeats = 40_000;

    private const string Transforms = """
        [{ name: allowlist, config: { domains: [upstream.test] } },
                     { name: secrets, config: { secrets: [{ source: { type: env, var: KEY }, replace: { proxy_value: pk-proxy }, rules: [{ host: upstream.test }], scrub_responses: true, scrub_strict: true }] } }]
        """;

    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TlsWorld _world = null!; // Set before each test.

    public async Task InitializeAsync() => _world = await TlsWorld.StartAsync(Upstream, Transforms, environment: name => name == "KEY" ? Real : null);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("1.1", "")]
    [InlineData("2.0", "")]
    [InlineData("1.1", "gzip")]
    [InlineData("2.0", "br")]
    public async Task An_event_does_not_wait_for_the_next_one(string version, string coding)
    {
        using var response = await SendAsync(version, $"/events?{coding}");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Assert.Equal("data: pk-proxy", await reader.ReadLineAsync().WaitAsync(Patience.Event));
        _seen.SetResult();
        Assert.Equal("\ndata: end", (await reader.ReadToEndAsync().WaitAsync(Patience.Event)).TrimEnd());
        Assert.Empty(response.Content.Headers.ContentEncoding);
    }

    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", true)]
    public async Task A_body_of_a_megabyte_full_of_values_comes_out_whole(string version, bool trailers)
    {
        using var response = await SendAsync(version, "/long");
        var body = await response.Content.ReadAsStringAsync().WaitAsync(Patience.Event);

        Assert.Equal(string.Concat(Enumerable.Range(0, Repeats).Select(i => $"{i}: pk-proxy\n")), body);
        Assert.Equal(trailers ? ["X-Last: pk-proxy"] : [], response.TrailingHeaders.Select(t => $"{t.Key}: {t.Value.Single()}"), StringComparer.OrdinalIgnoreCase);
        var record = Assert.Single(await _world.RecordsAsync(1));
        Assert.Contains($$"""{"secret":"KEY","locations":["body"{{(trailers ? ",\"trailer:X-Last\"" : "")}}]}""", record.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_coding_that_breaks_off_breaks_the_response_off(string version)
    {
        using var response = await SendAsync(version, "/broken");

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync().WaitAsync(Patience.Event));
        var audit = Assert.Single(await _world.RecordsAsync(1)).GetProperty("audit");
        Assert.Equal(("allow", "cut_off"), (audit.GetProperty("action").GetString(), audit.GetProperty("outcome").GetString()));
    }

    private async Task<HttpResponseMessage> SendAsync(string version, string path)
    {
        using var client = new HttpClient(_world.CreateHandler()) { Timeout = Patience.Event };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://upstream.test:{_world.UpstreamPort}{path}")
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { { "X-Api-Key", "pk-proxy" } },
        };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private void Upstream(WebApplication app) => app.Run(http =>
    {
        var key = http.Request.Headers["X-Api-Key"].ToString();
        return http.Request.Path.Value switch
        {
            "/events" => SendEventsAsync(http.Response, key, http.Request.QueryString.Value!.TrimStart('?')), // It has one.
            "/long" => SendLongAsync(http.Response, key),
            _ => SendBrokenAsync(http.Response),
        };
    });

    private async Task SendEventsAsync(HttpResponse response, string key, string coding)
    {
        response.ContentType = "text/event-stream";
        response.Headers.ContentEncoding = coding.Length > 0 ? coding : default;
        await using Stream body = coding switch
        {
            "gzip" => new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(response.Body, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(response.Body),
        };
        await body.WriteAsync(Encoding.ASCII.GetBytes($"data: {key}\n\n"));
        await body.FlushAsync();
        await _seen.Task.WaitAsync(Patience.Event);
        await body.WriteAsync("data: end\n\n"u8.ToArray());
        await body.FlushAsync();
    }

    private static async Task SendLongAsync(HttpResponse response, string key)
    {
        response.ContentType = "text/plain";
        for (var i = 0; i < Repeats; i++)
        {
            await response.WriteAsync($"{i}: {key}\n");
        }

        // ASP.NET's server sends none over HTTP/1.1.
        if (response.SupportsTrailers())
        {
            response.AppendTrailer("X-Last", key);
        }
    }

    private static async Task SendBrokenAsync(HttpResponse response)
    {
        response.ContentType = "text/plain";
        response.Headers.ContentEncoding = "gzip";
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, Repeats))));
        }

        await response.Body.WriteAsync(packed.ToArray().AsMemory(0, (int)packed.Length / 2));
    }
}
