using System.Buffers.Binary;
using IronProxy.Runtime.Protocols.Http2;
using IronProxy.Runtime.Tests.Dns;

namespace IronProxy.Runtime.Tests.Protocols.Http2;

public sealed class FrameScannerTests
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte WindowUpdate = 8;
    private const byte Continuation = 9;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    [Theory]
    [InlineData(Continuation, 0, FrameScanner.MaxContinuations)]
    [InlineData(Reset, 4, FrameScanner.ResetBurst)]
    [InlineData(Settings, 0, FrameScanner.ControlBurst)]
    [InlineData(Ping, 8, FrameScanner.ControlBurst)]
    [InlineData(Data, 0, FrameScanner.ControlBurst)]
    [InlineData(0x77, 3, FrameScanner.ControlBurst)]
    public void One_frame_more_than_the_limit_is_too_many(byte type, int length, int limit)
    {
        var scanner = new FrameScanner(new ManualTime());
        Assert.True(scanner.TryScan(Preface));
        for (var i = 0; i < limit; i++)
        {
            Assert.True(scanner.TryScan(Frame(type, length)), $"frame {i + 1}");
        }

        Assert.False(scanner.TryScan(Frame(type, length)));
    }

    [Theory]
    [InlineData(Headers, 20)]
    [InlineData(Data, 1)]
    [InlineData(WindowUpdate, 4)]
    public void What_requests_and_their_answers_need_is_not_counted(byte type, int length)
    {
        var scanner = new FrameScanner(new ManualTime());
        Assert.True(scanner.TryScan(Preface));
        Assert.All(Enumerable.Range(0, 5 * FrameScanner.ControlBurst), _ => Assert.True(scanner.TryScan(Frame(type, length))));
    }

    [Fact]
    public void Each_header_block_has_its_own_continuations()
    {
        var scanner = new FrameScanner(new ManualTime());
        Assert.True(scanner.TryScan(Preface));
        for (var block = 0; block < 10; block++)
        {
            Assert.True(scanner.TryScan(Frame(Headers, 10)));
            Assert.All(Enumerable.Range(0, FrameScanner.MaxContinuations), _ => Assert.True(scanner.TryScan(Frame(Continuation, 10))));
        }
    }

    [Fact]
    public void Time_gives_frames_back()
    {
        var time = new ManualTime();
        var scanner = new FrameScanner(time);
        Assert.True(scanner.TryScan(Preface));
        Assert.All(Enumerable.Range(0, FrameScanner.ResetBurst), _ => Assert.True(scanner.TryScan(Frame(Reset, 4))));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.All(Enumerable.Range(0, FrameScanner.ResetsPerSecond), _ => Assert.True(scanner.TryScan(Frame(Reset, 4))));
        Assert.False(scanner.TryScan(Frame(Reset, 4)));
    }

    [Fact]
    public void Frames_are_found_however_the_bytes_arrive()
    {
        var scanner = new FrameScanner(new ManualTime());
        byte[] bytes = [.. Preface, .. Frame(Headers, 300), .. Frame(Data, 7), .. Enumerable.Repeat(Frame(Reset, 4), FrameScanner.ResetBurst).SelectMany(f => f)];
        foreach (var b in bytes)
        {
            Assert.True(scanner.TryScan([b]));
        }

        Assert.False(scanner.TryScan(Frame(Reset, 4)));
    }

    /// <summary>The payload looks like frames, which nobody may read in it.</summary>
    private static byte[] Frame(byte type, int length)
    {
        var frame = new byte[9 + length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)length << 8);
        frame[3] = type;
        frame.AsSpan(9).Fill(Reset);
        return frame;
    }
}
