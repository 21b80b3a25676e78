using System.Text;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Tests.Doctor;

public class HttpReplyTests
{
    private const string Denial = """{"error":"denied","reason":"host_not_allowed","message":"no rule allows this host","host":"a.invalid","policy":"allowlist"}""";

    [Fact]
    public async Task A_denial_of_iron_proxy_is_known_by_its_JSON()
    {
        var reply = await AskAsync($"HTTP/1.1 403 Forbidden\r\nContent-Length: {Denial.Length}\r\n\r\n{Denial}");

        Assert.Equal((403, "host_not_allowed", true), (reply!.Status, reply.Reason, reply.IsDenial));
    }

    [Fact]
    public async Task An_answer_that_says_that_the_upstream_failed_is_no_denial()
    {
        var body = Denial.Replace("denied", "refused", StringComparison.Ordinal).Replace("host_not_allowed", "upstream_unreachable", StringComparison.Ordinal);
        var reply = await AskAsync($"HTTP/1.1 502 Bad Gateway\r\n\r\n{body}");

        Assert.Equal((true, false), (reply!.IsProxy, reply.IsDenial));
    }

    [Theory]
    [InlineData("Forbidden")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"error":"denied","reason":"host_not_allowed"}""")]
    [InlineData("""{"error":{"message":"denied"},"reason":"x","policy":"y"}""")]
    [InlineData("""{"error":"forbidden","reason":"x","policy":"y"}""")]
    public async Task A_403_of_somebody_else_is_not_taken_for_one(string body) =>
        Assert.False((await AskAsync($"HTTP/1.1 403 Forbidden\r\nContent-Length: {body.Length}\r\n\r\n{body}"))!.IsProxy);

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("HTTP/1.1 okay\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent")]
    public async Task What_is_not_HTTP_is_said_to_be_so(string answer) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => AskAsync(answer));

    [Fact]
    public async Task Nothing_at_all_is_null() => Assert.Null(await AskAsync(""));

    [Fact]
    public async Task So_is_an_alert_of_TLS() => Assert.Null(await AskAsync("\x15\x03\x03\0\x02\x02\x31"));

    private static Task<HttpReply?> AskAsync(string answer) => HttpReply.AskAsync(new Canned(answer), "GET / HTTP/1.1\r\n\r\n", expectBody: true, default);

    /// <summary>Takes anything and answers one thing.</summary>
    private sealed class Canned(string answer) : MemoryStream(Encoding.Latin1.GetBytes(answer), writable: false)
    {
        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
