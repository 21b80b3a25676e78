using System.Text;
using IronProxy.Runtime.Audit;

namespace IronProxy.Runtime.Tests.Audit;

public class LineSinkTests
{
    [Fact]
    public async Task Lines_of_many_writers_are_whole_and_none_is_lost()
    {
        using var output = new MemoryStream();
        await using (var sink = new LineSink(output))
        {
            Parallel.For(0, 5_000, i => sink.WriteLine(Encoding.ASCII.GetBytes($"<{i}>")));
        }

        var lines = Encoding.ASCII.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 5_000).Select(i => $"<{i}>").Order(), lines.Order());
    }

    [Fact]
    public async Task An_output_that_fails_ends_the_sink_and_blocks_nobody()
    {
        await using var sink = new LineSink(new BrokenStream());
        sink.WriteLine("a"u8);
        await Assert.ThrowsAsync<IOException>(() => sink.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        sink.WriteLine("b"u8);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("broken"));
    }
}
