using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Management;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Tests.Management;

public sealed class RequestStreamTests
{
    [Fact]
    public async Task A_reader_that_takes_nothing_is_let_go_and_its_place_is_free_again()
    {
        var feed = new RecordFeed();
        var places = Enumerable.Range(1, RecordFeed.MaxReaders - 1).Select(_ => feed.TryOpen()).ToArray();
        using var stalled = new StalledConnection();

        await new RequestStream(feed, static () => "hash", new SelectiveTime(TimeSpan.FromSeconds(60)), CancellationToken.None).ServeAsync(stalled.Http).WaitAsync(Patience.Event);

        Assert.True(stalled.RequestAborted.IsCancellationRequested);
        Assert.Equal(RecordFeed.MaxReaders - 1, places.Count(p => p is not null));
        Assert.NotNull(feed.TryOpen());
    }

    [Fact]
    public async Task The_end_of_the_process_waits_for_no_reader()
    {
        using var stopping = new CancellationTokenSource();
        using var stalled = new StalledConnection();
        var serving = new RequestStream(new RecordFeed(), static () => "hash", TimeProvider.System, stopping.Token).ServeAsync(stalled.Http);
        await stopping.CancelAsync();

        Assert.Null(await serving.WaitAsync(Patience.Event));
        Assert.True(stalled.RequestAborted.IsCancellationRequested);
    }

    /// <summary>A connection whose client takes nothing: a write to it ends when it is broken off.</summary>
    private sealed class StalledConnection : Stream, IHttpRequestLifetimeFeature
    {
        private readonly CancellationTokenSource _aborted = new();

        public StalledConnection()
        {
            RequestAborted = _aborted.Token;
            Http.Features.Set<IHttpRequestLifetimeFeature>(this);
            Http.Response.Body = this;
        }

        public DefaultHttpContext Http { get; } = new();

        public CancellationToken RequestAborted { get; set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Abort() => _aborted.Cancel();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await Task.Delay(Timeout.Infinite, RequestAborted);

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _aborted.Dispose();
            base.Dispose(disposing);
        }
    }
}
