using System.Text;
using IronProxy.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Transforms;

/// <summary>A response step changes status, headers, a body that streams and its trailers, over HTTP/1.1 and HTTP/2, with an upstream that speaks TLS.</summary>
public sealed class ResponseStepTests : IAsyncLifetime
{
    private const string Piece = "one piece after the other, ";
    private const int Pieces = 5000;
    private const string Transforms = "[{ name: allowlist, config: { domains: [upstream.test] } }]";

    private readonly TaskCompletionSource _firstPieceSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TlsWorld _world = null!; // Set before each test.
    private int _disposed;

    public async Task InitializeAsync() =>
        _world = await TlsWorld.StartAsync(app => app.Run(SpeakAsync), Transforms, () => [new ShoutingStep(() => _disposed++)]);

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Status_headers_body_and_trailers_are_changed_while_they_stream(string version)
    {
        using var client = Client();
        using var response = await client.SendAsync(Request("/pieces", version), HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[Piece.Length];
        await body.ReadExactlyAsync(first);
        _firstPieceSeen.SetResult(); // The upstream has sent no more than that until now.
        using var rest = new StreamReader(body);
        var text = Encoding.ASCII.GetString(first) + await rest.ReadToEndAsync();

        Assert.Equal(version, response.Version.ToString());
        Assert.Equal(203, (int)response.StatusCode);
        Assert.Equal(["loud"], response.Headers.GetValues("X-Mood"));
        Assert.Equal(string.Concat(Enumerable.Repeat(Piece, Pieces)).ToUpperInvariant(), text);
        Assert.Equal(["FINE"], response.TrailingHeaders.GetValues("X-End"));
        Assert.Equal([$"{Piece.Length * Pieces}"], response.TrailingHeaders.GetValues("X-Length"));
        var record = Assert.Single(await _world.RecordsAsync(1));
        var audit = record.GetProperty("audit");
        Assert.Equal(("allow", 203, 200), (audit.GetProperty("action").GetString(), audit.GetProperty("status").GetInt32(), audit.GetProperty("upstream_status").GetInt32()));
        var step = Assert.Single(record.GetProperty("response_transforms").EnumerateArray());
        Assert.Equal("""shouting continue {"mood":"good"}""", $"{step.GetProperty("name")} {step.GetProperty("action")} {step.GetProperty("annotations")}");
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_step_answers_itself_and_no_upstream_is_asked(string version)
    {
        using var client = Client();
        using var response = await client.SendAsync(Request(ShoutingStep.Made, version));

        Assert.Equal(203, (int)response.StatusCode);
        Assert.Equal(["calm"], response.Headers.GetValues("X-Mood")); // The transform that answers does not see its own answer.
        Assert.Equal("made", await response.Content.ReadAsStringAsync());
        var record = Assert.Single(await _world.RecordsAsync(1));
        var audit = record.GetProperty("audit");
        Assert.Equal(("stub", "delivered"), (audit.GetProperty("action").GetString(), audit.GetProperty("outcome").GetString()));
        Assert.False(audit.TryGetProperty("upstream_status", out _));
        Assert.Equal(["continue", "stub"], record.GetProperty("request_transforms").EnumerateArray().Select(s => s.GetProperty("action").GetString()!));
    }

    [Fact]
    public async Task A_step_is_disposed_with_its_policy()
    {
        var swap = await _world.Server.SwapAsync(TlsWorld.Compile(Transforms), CancellationToken.None);
        await swap.Drained;
        Assert.Equal(1, _disposed);

        await _world.Server.DisposeAsync();
        Assert.Equal(2, _disposed);
    }

    private HttpRequestMessage Request(string path, string version) => new(HttpMethod.Get, new Uri($"https://upstream.test:{_world.UpstreamPort}{path}"))
    {
        Version = Version.Parse(version),
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private HttpClient Client() => new(_world.CreateHandler()) { Timeout = Patience.Event };

    /// <summary>Over HTTP/1.1 the server sends no trailers, but chunks as they are written.</summary>
    private async Task SpeakAsync(HttpContext http)
    {
        var chunks = !http.Response.SupportsTrailers();
        http.Response.Headers["X-Mood"] = "good";
        if (chunks)
        {
            http.Response.Headers.TransferEncoding = "chunked";
        }

        for (var i = 0; i < Pieces; i++)
        {
            await http.Response.WriteAsync(chunks ? $"{Piece.Length:x}\r\n{Piece}\r\n" : Piece, http.RequestAborted);
            if (i == 0)
            {
                await http.Response.Body.FlushAsync(http.RequestAborted);
                await _firstPieceSeen.Task.WaitAsync(http.RequestAborted);
            }
        }

        if (chunks)
        {
            await http.Response.WriteAsync("0\r\nX-End: fine\r\n\r\n", http.RequestAborted);
        }
        else
        {
            http.Response.AppendTrailer("X-End", "fine");
        }
    }
}
