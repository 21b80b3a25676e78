using System.Text;
using IronProxy.Runtime.Upstream;

namespace IronProxy.Runtime.Tests.Upstream;

public class HeaderSpellingTests
{
    private const string Head = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nContent-Length: 18\r\n\r\n";
    private const string Body = "Authorization: b\r\n";

    [Fact]
    public async Task A_name_is_spelled_in_the_head_and_the_body_is_left_alone()
    {
        HeaderSpelling.Use(["authorization"]);
        Assert.Equal(Head.Replace("Authorization", "authorization", StringComparison.Ordinal) + Body, await SendAsync([Head, Body]));
    }

    [Fact]
    public async Task The_head_may_come_in_pieces_of_any_size()
    {
        for (var at = 1; at < Head.Length; at++)
        {
            HeaderSpelling.Use(["authorization"]);
            var sent = await SendAsync([Head[..at], Head[at..] + Body]);
            Assert.Equal(Head.Replace("Authorization", "authorization", StringComparison.Ordinal) + Body, sent);
        }
    }

    [Fact]
    public async Task A_second_request_on_the_connection_is_not_touched_when_it_asks_for_nothing()
    {
        using var wire = new MemoryStream();
        await using var stream = new HeaderSpellingStream(wire);
        HeaderSpelling.Use(["authorization"]);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head));
        HeaderSpelling.Use(null);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Head));
        Assert.Equal(Head.Replace("Authorization", "authorization", StringComparison.Ordinal) + Head, Encoding.ASCII.GetString(wire.ToArray()));
    }

    private static async Task<string> SendAsync(IEnumerable<string> writes)
    {
        using var wire = new MemoryStream();
        await using var stream = new HeaderSpellingStream(wire);
        foreach (var write in writes)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(write));
        }

        return Encoding.ASCII.GetString(wire.ToArray());
    }
}
