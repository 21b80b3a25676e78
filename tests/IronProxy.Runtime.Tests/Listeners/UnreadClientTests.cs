using System.Net;
using System.Net.Sockets;
using IronProxy.Runtime.Listeners;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Listeners;

/// <summary>A client that nothing is read of, because the upstream takes nothing.</summary>
public sealed class UnreadClientTests : IDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource _writing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualTime _time = new();
    private readonly Socket _client;
    private readonly Socket _accepted;

    public UnreadClientTests()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _client = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _client.Connect(listener.LocalEndpoint);
        _accepted = listener.AcceptSocket();
        _client.Send("never read"u8);
    }

    public void Dispose()
    {
        _client.Dispose();
        _accepted.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_breaks_off_is_gone(bool hasFarewell)
    {
        var waiting = new UnreadClient(_accepted, hasFarewell ? Farewell : null, _time).WaitAsync(_writing.Task);
        _client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Close();
        Assert.False(await waiting.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task One_that_has_ended_is_gone_when_the_upstream_takes_nothing_for_too_long()
    {
        var waiting = new UnreadClient(_accepted, Farewell, _time).WaitAsync(_writing.Task);
        _client.Shutdown(SocketShutdown.Send);
        Assert.True(await Patience.UntilAsync(() =>
        {
            _time.Advance(Farewell);
            return Task.FromResult(waiting.IsCompleted);
        }));
        Assert.False(await waiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_is_there_or_may_still_take_something_is_waited_for(bool hasEnded)
    {
        var waiting = new UnreadClient(_accepted, hasEnded ? null : Farewell, _time).WaitAsync(_writing.Task);
        if (hasEnded)
        {
            _client.Shutdown(SocketShutdown.Send);
        }

        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(waiting.IsCompleted);
        _writing.SetResult();
        Assert.True(await waiting.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task A_write_that_fails_is_no_word_about_the_client()
    {
        _writing.SetException(new IOException("the upstream is gone"));
        Assert.True(await new UnreadClient(_accepted, Farewell, _time).WaitAsync(_writing.Task).WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task A_socket_that_was_closed_here_has_no_client()
    {
        _accepted.Dispose();
        Assert.False(await new UnreadClient(_accepted, farewell: null, _time).WaitAsync(_writing.Task).WaitAsync(Patience.Event));
    }
}
