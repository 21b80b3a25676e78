using System.Text;
using IronProxy.Pipeline.Logs;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Tests.Dns;
using IronProxy.Testing;

namespace IronProxy.Runtime.Tests.Audit;

public class LineSinkTests
{
    private static readonly byte[] Line = Encoding.ASCII.GetBytes(new string('x', 1023)); // With its line break as long as the room for a record.

    [Fact]
    public async Task Lines_of_many_writers_are_whole_and_none_is_lost()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        await Parallel.ForAsync(0, 50_000, async (i, _) =>
        {
            Assert.True(await sink.AdmitAsync());
            sink.Write(Encoding.ASCII.GetBytes($"<{i}>"));
        });

        Assert.True(await sink.CloseAsync(Patience.Event));
        var lines = Encoding.ASCII.GetString(output.Written).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 50_000).Select(i => $"<{i}>").Order(StringComparer.Ordinal), lines.Order(StringComparer.Ordinal));
        Assert.Equal(0, sink.TakenBytes);
    }

    [Fact]
    public async Task A_line_that_is_longer_than_a_block_is_whole()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        var line = string.Concat(Enumerable.Range(0, 50_000));
        Assert.True(await sink.AdmitAsync());
        sink.Write(Encoding.ASCII.GetBytes(line));
        await sink.FlushAsync().WaitAsync(Patience.Event);
        Assert.Equal(line + "\n", Encoding.ASCII.GetString(output.Written));
        Assert.Equal(0, sink.TakenBytes);
    }

    [Fact]
    public async Task Text_for_people_has_the_bounds_of_JSON_and_loses_nothing_either()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, new HastyTime(), text: new LogText(color: false));
        output.Stall();
        var written = 0;
        while (sink.TryAdmit())
        {
            sink.Write("""{"level":"info","msg":"a line that is shorter than it was"}"""u8);
            written++;
        }

        Assert.False(await sink.AdmitAsync().AsTask().WaitAsync(Patience.Event));
        sink.TryWrite(Encoding.ASCII.GetBytes($$"""{"level":"info","msg":"{{new string('x', 2048)}}"}"""));
        Assert.Equal(1, sink.DroppedLines);
        output.Release();
        await sink.FlushAsync().WaitAsync(Patience.Event);
        Assert.Equal(0, sink.TakenBytes);
        Assert.Equal(string.Concat(Enumerable.Repeat("info  a line that is shorter than it was\n", written)), Encoding.ASCII.GetString(output.Written));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task An_output_that_fails_ends_the_sink_and_nothing_more_is_admitted(int bytes)
    {
        using var output = new ScriptedOutput { FailsAfter = bytes };
        await using var sink = new LineSink(output, TimeProvider.System);
        Assert.True(await sink.AdmitAsync());
        sink.Write("first"u8);
        await Assert.ThrowsAsync<IOException>(() => sink.Completion.WaitAsync(Patience.Event));

        Assert.False(await sink.AdmitAsync());
        Assert.False(sink.HasRoom);
        sink.Write("of one that was admitted before"u8);
        await Assert.ThrowsAsync<IOException>(() => sink.FlushAsync().WaitAsync(Patience.Event));
        Assert.False(await sink.CloseAsync(Patience.Event));
        Assert.Equal("first"[..bytes], Encoding.ASCII.GetString(output.Written));
    }

    [Fact]
    public async Task Nothing_is_admitted_once_the_reader_is_gone_although_no_write_has_failed()
    {
        using var output = new ScriptedOutput();
        var time = new ManualTime();
        await using var sink = new LineSink(output, time);
        Assert.True(await sink.AdmitAsync());
        output.ReaderIsGone = true;
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(await sink.AdmitAsync());
        await Assert.ThrowsAsync<IOException>(() => sink.Completion.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task What_was_admitted_before_the_reader_went_is_told_when_it_asks_again()
    {
        using var output = new ScriptedOutput();
        var time = new ManualTime();
        await using var sink = new LineSink(output, time);
        Assert.True(await sink.AdmitAsync());
        Assert.True(sink.IsOpen());
        output.ReaderIsGone = true;
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(sink.IsOpen());
    }

    [Fact]
    public async Task A_reader_that_goes_is_noticed_without_any_request()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        output.ReaderIsGone = true;
        await Assert.ThrowsAsync<IOException>(() => sink.Completion.WaitAsync(Patience.Event));
    }

    [Fact]
    public async Task A_stalled_reader_bounds_what_is_admitted_and_loses_nothing_of_it()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, new HastyTime());
        output.Stall();
        var written = Fill(sink);
        Assert.Equal(LineSink.Capacity / (Line.Length + 1), written);
        Assert.False(sink.HasRoom);
        Assert.False(await sink.AdmitAsync().AsTask().WaitAsync(Patience.Event));

        output.Release();
        await sink.FlushAsync().WaitAsync(Patience.Event);
        Assert.True(await sink.AdmitAsync());
        Assert.Equal(LineSink.Capacity, output.Written.Length);
    }

    [Fact]
    public async Task Room_is_kept_for_every_record_that_was_admitted()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        output.Stall();
        Assert.True(sink.TryAdmit());
        Fill(sink);
        sink.Write("admitted before"u8);
        Assert.True(sink.TakenBytes <= LineSink.Capacity);

        output.Release();
        await sink.FlushAsync().WaitAsync(Patience.Event);
        Assert.EndsWith("\nadmitted before\n", Encoding.ASCII.GetString(output.Written), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_records_of_requests_under_way_never_fill_the_queue_by_themselves()
    {
        const int Requests = 50_000;
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System, Requests);
        Assert.All(Enumerable.Range(0, Requests), _ => Assert.True(sink.TryAdmit()));
        Assert.True(sink.HasRoom);
    }

    [Fact]
    public async Task Who_waits_is_admitted_when_the_reader_goes_on()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        output.Stall();
        Fill(sink);
        var waiting = Enumerable.Range(0, 100).Select(_ => sink.AdmitAsync().AsTask()).ToArray();
        Assert.DoesNotContain(waiting, w => w.IsCompletedSuccessfully && w.Result);

        output.Release();
        Assert.All(await Task.WhenAll(waiting).WaitAsync(Patience.Event), Assert.True);
    }

    [Fact]
    public async Task Closing_tells_those_who_wait_and_says_whether_all_was_written()
    {
        using var output = new ScriptedOutput();
        var sink = new LineSink(output, TimeProvider.System);
        output.Stall();
        Fill(sink);
        var waiting = sink.AdmitAsync().AsTask();
        Assert.False(await sink.CloseAsync(TimeSpan.FromMilliseconds(1)));
        Assert.False(await waiting.WaitAsync(Patience.Event));

        output.Release();
        Assert.True(await sink.CloseAsync(Patience.Event));
        Assert.Equal(LineSink.Capacity, output.Written.Length);
    }

    [Fact]
    public async Task Log_lines_are_dropped_and_counted_where_records_are_not()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        output.Stall();
        Assert.True(sink.TryAdmit());
        Fill(sink);
        sink.TryWrite(Line);
        sink.TryWrite(Line);
        sink.Write("record"u8);
        Assert.Equal(2, sink.DroppedLines);

        output.Release();
        await sink.FlushAsync().WaitAsync(Patience.Event);
        Assert.Equal(LineSink.Capacity - (Line.Length + 1) + "record\n".Length, output.Written.Length);
    }

    [Fact]
    public async Task Admission_allocates_nothing_while_there_is_room()
    {
        using var output = new ScriptedOutput();
        await using var sink = new LineSink(output, TimeProvider.System);
        Assert.True(await sink.AdmitAsync());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(await sink.AdmitAsync());
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>Writes records until nothing more is admitted.</summary>
    /// <returns>How many there were.</returns>
    private static int Fill(LineSink sink)
    {
        var written = 0;
        while (sink.TryAdmit())
        {
            sink.Write(Line);
            written++;
        }

        return written;
    }
}
