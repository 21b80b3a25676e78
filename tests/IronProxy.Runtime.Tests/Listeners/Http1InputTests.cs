using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using IronProxy.Runtime.Listeners;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Tests.Listeners;

public sealed class Http1InputTests
{
    private readonly Pipe _pipe = new();
    private readonly Http1Input _input;

    public Http1InputTests() => _input = new Http1Input(_pipe.Reader);

    [Fact]
    public async Task The_end_is_told_behind_the_last_bytes_and_not_with_them()
    {
        await SendAsync("GET / HTTP/1.1\r\n\r\n", end: true);

        Assert.Equal(("GET / HTTP/1.1\r\n\r\n", false), await ReadAsync(take: 18));
        Assert.Equal(("", true), await ReadAsync(take: 0));
    }

    [Fact]
    public async Task The_end_is_told_to_who_waits_for_more_than_there_is()
    {
        await SendAsync("GET / HT", end: true);

        Assert.Equal(("GET / HT", false), await ReadAsync(take: 0));
        Assert.Equal(("GET / HT", true), await ReadAsync(take: 0));
        Assert.Equal(("GET / HT", true), await ReadAsync(take: 8));
    }

    [Fact]
    public async Task A_chunked_body_passes_piece_by_piece_and_what_follows_is_not_looked_at()
    {
        await SendAsync("HEAD");
        await ReadAsync(take: 4);
        _input.BeginChunkedBody();
        await SendAsync("3\r\nab");
        Assert.Equal(("3\r\nab", false), await ReadAsync(take: 3));
        await SendAsync("c\r\n0\r\n\r\nnot; a chunk\n");
        Assert.Equal(("abc\r\n0\r\n\r\nnot; a chunk\n", false), await ReadAsync(take: 10));
        Assert.Equal(("not; a chunk\n", false), await ReadAsync(take: 13));
    }

    [Fact]
    public async Task Malformed_chunks_are_never_handed_on()
    {
        _input.BeginChunkedBody();
        await SendAsync("3;\nabc");

        await Assert.ThrowsAsync<BadHttpRequestException>(() => ReadAsync(take: 0));
        await Assert.ThrowsAsync<BadHttpRequestException>(() => ReadAsync(take: 0));
    }

    private async Task SendAsync(string text, bool end = false)
    {
        await _pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(text));
        if (end)
        {
            await _pipe.Writer.CompleteAsync();
        }
    }

    private async Task<(string Text, bool End)> ReadAsync(int take)
    {
        var read = await _input.ReadAsync();
        var text = Encoding.ASCII.GetString(read.Buffer.ToArray());
        _input.AdvanceTo(read.Buffer.GetPosition(take), take == 0 ? read.Buffer.End : read.Buffer.GetPosition(take));
        return (text, read.IsCompleted);
    }
}
