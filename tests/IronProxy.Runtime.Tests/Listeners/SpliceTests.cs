using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Listeners;

/// <summary>What is passed through, in memory: pipes stand for the connections of a client and of an upstream.</summary>
public sealed class SpliceTests
{
    private const int Full = 4096;

    private readonly Pipe _fromClient = CreatePipe();
    private readonly Pipe _toClient = CreatePipe();
    private readonly Pipe _fromUpstream = CreatePipe();
    private readonly Pipe _toUpstream = CreatePipe();

    [Fact]
    public async Task Both_directions_go_on_by_themselves_and_each_ends_by_itself()
    {
        var (splice, end) = Start();
        await _fromClient.Writer.WriteAsync("hello"u8.ToArray());
        await _fromClient.Writer.CompleteAsync();
        Assert.Equal("hello", await ReadToEndAsync(_toUpstream));

        await _fromUpstream.Writer.WriteAsync("much "u8.ToArray());
        await _fromUpstream.Writer.WriteAsync("later"u8.ToArray());
        Assert.False(end.IsCompleted);
        await _fromUpstream.Writer.CompleteAsync();
        Assert.Equal("much later", await ReadToEndAsync(_toClient));

        Assert.Equal(SpliceEnd.Complete, await end.WaitAsync(Patience.Event));
        Assert.Equal((5, 10), (splice.FromClientBytes, splice.FromUpstreamBytes));
    }

    [Fact]
    public async Task The_client_may_go_on_when_the_upstream_has_ended()
    {
        var (splice, end) = Start();
        await _fromUpstream.Writer.WriteAsync("bye"u8.ToArray());
        await _fromUpstream.Writer.CompleteAsync();
        Assert.Equal("bye", await ReadToEndAsync(_toClient));

        await _fromClient.Writer.WriteAsync("still here"u8.ToArray());
        await _fromClient.Writer.CompleteAsync();
        Assert.Equal("still here", await ReadToEndAsync(_toUpstream));
        Assert.Equal(SpliceEnd.Complete, await end.WaitAsync(Patience.Event));
        Assert.Equal((10, 3), (splice.FromClientBytes, splice.FromUpstreamBytes));
    }

    /// <summary>A client of whom more is read than the upstream takes would fill the memory of the proxy.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_one_side_does_not_take_is_not_read_of_the_other(bool up)
    {
        var (_, end) = Start();
        var (from, to) = up ? (_fromClient, _toUpstream) : (_fromUpstream, _toClient);
        var chunk = new byte[Full];
        var flushed = 0;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await from.Writer.WriteAsync(chunk);
                Interlocked.Increment(ref flushed);
            }

            await from.Writer.CompleteAsync();
        });

        var first = (await to.Reader.ReadAsync().AsTask().WaitAsync(Patience.Event)).Buffer;
        Assert.False(first.IsEmpty);
        Assert.InRange(Volatile.Read(ref flushed), 0, 2 + (64 * 1024 / Full)); // What the pipes and one buffer hold.
        Assert.False(writing.IsCompleted);
        to.Reader.AdvanceTo(first.Start);

        Assert.Equal(100 * Full, (await ReadToEndAsync(to)).Length);
        await writing.WaitAsync(Patience.Event);
        await (up ? _fromUpstream : _fromClient).Writer.CompleteAsync();
        Assert.Equal(SpliceEnd.Complete, await end.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task A_client_that_breaks_off_ends_both()
    {
        var (_, end) = Start();
        await _fromClient.Writer.CompleteAsync(new IOException("reset"));
        Assert.Equal(SpliceEnd.ClientBroke, await end.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task A_client_that_breaks_off_while_the_upstream_takes_nothing_ends_both()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync();
        var (_, end) = Start(unread: new UnreadClient(accepted, farewell: null, TimeProvider.System));
        var writing = _fromClient.Writer.WriteAsync(new byte[2 * Full]).AsTask();
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
        Assert.Equal(SpliceEnd.ClientBroke, await end.WaitAsync(Patience.Event));
        Assert.False(writing.IsCompleted);
    }

    [Fact]
    public async Task A_client_that_is_gone_behind_its_end_has_ended()
    {
        using var gone = new CancellationTokenSource();
        var (_, end) = Start(clientGone: gone.Token);
        await _fromClient.Writer.CompleteAsync();
        await ReadToEndAsync(_toUpstream);
        Assert.False(end.IsCompleted);
        await gone.CancelAsync();
        Assert.Equal(SpliceEnd.Complete, await end.WaitAsync(Patience.Event));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upstream_that_breaks_off_ends_both(bool clientHasEnded)
    {
        var (_, end) = Start();
        if (clientHasEnded)
        {
            await _fromClient.Writer.CompleteAsync();
            await ReadToEndAsync(_toUpstream);
        }

        await _fromUpstream.Writer.CompleteAsync(new IOException("reset"));
        Assert.Equal(SpliceEnd.UpstreamBroke, await end.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task Nothing_ends_it_without_a_limit_and_bytes_keep_it_open_with_one()
    {
        var time = new ManualTime();
        var (_, end) = Start(TimeSpan.FromMilliseconds(40), time: time);
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(30));
            await _fromUpstream.Writer.WriteAsync("x"u8.ToArray());
            _toClient.Reader.AdvanceTo((await _toClient.Reader.ReadAsync().AsTask().WaitAsync(Patience.Event)).Buffer.End);
        }

        Assert.False(end.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(SpliceEnd.Idle, await end.WaitAsync(Patience.Event));
    }

    private static Pipe CreatePipe() => new(new PipeOptions(pauseWriterThreshold: Full, resumeWriterThreshold: Full / 2, useSynchronizationContext: false));

    private static async Task<string> ReadToEndAsync(Pipe pipe)
    {
        using var reader = new StreamReader(pipe.Reader.AsStream());
        return await reader.ReadToEndAsync().WaitAsync(Patience.Event);
    }

    private (Splice Splice, Task<SpliceEnd> End) Start(TimeSpan? idleLimit = null, TimeProvider? time = null, UnreadClient? unread = null, CancellationToken clientGone = default)
    {
        var splice = new Splice(_fromClient.Reader, _toClient.Writer.AsStream(), _fromUpstream.Reader.AsStream(), _toUpstream.Writer.AsStream(), unread, time ?? TimeProvider.System);
        return (splice, splice.RunAsync(idleLimit, clientGone));
    }
}
