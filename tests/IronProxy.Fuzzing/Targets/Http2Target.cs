using IronProxy.Runtime.Protocols.Http2;

namespace IronProxy.Fuzzing.Targets;

/// <summary>The frames of an HTTP/2 client, of which those that only make work are counted. The clock stands still, so that nothing is forgiven.</summary>
internal sealed class Http2Target() : FuzzTarget("http2-frames")
{
    private const int PrefaceLength = 24;
    private const int HeaderLength = 9;

    private static readonly byte[] Preface = Bytes.Of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    public override IEnumerable<byte[]> Seeds =>
    [
        [.. Preface, .. Frame(4, 0, new byte[6]), .. Frame(1, 5, [0x82]), .. Frame(0, 1, [1, 2, 3])],
        [.. Preface, .. Enumerable.Repeat(Frame(3, 0, new byte[4]), FrameScanner.ResetBurst + 1).SelectMany(f => f)],
        [.. Preface, .. Frame(1, 0, []), .. Enumerable.Repeat(Frame(9, 0, []), FrameScanner.MaxContinuations + 1).SelectMany(f => f)],
        [.. Preface, .. Enumerable.Repeat(Frame(6, 0, []), FrameScanner.ControlBurst + 1).SelectMany(f => f)],
    ];

    public override IEnumerable<byte[]> Dictionary =>
        [Frame(0, 0, []), Frame(0, 1, []), Frame(1, 0, []), Frame(3, 0, new byte[4]), Frame(9, 0, []), Frame(8, 0, new byte[4]), Frame(99, 0, []), [0xFF, 0xFF, 0xFF]];

    public override int MaxLength => 12 * 1024;

    public override void Run(byte[] input, IReadOnlyList<int> cuts)
    {
        var whole = Scan(input, []);
        RequireEqual(Count(input), whole, "Frames are counted as their headers say");
        foreach (var cut in cuts)
        {
            RequireEqual(whole, Scan(input, [cut]), $"Frames are counted alike when they are cut at {cut}");
        }
    }

    private static bool Scan(byte[] input, int[] cuts)
    {
        var scanner = new FrameScanner(StoppedClock.Instance);
        var at = 0;
        foreach (var end in (int[])[.. cuts, input.Length])
        {
            if (!scanner.TryScan(input.AsSpan(at, end - at)))
            {
                return false;
            }

            at = end;
        }

        return true;
    }

    /// <summary>The same, frame by frame and with nothing to remember between pieces.</summary>
    private static bool Count(byte[] input)
    {
        int resets = 0, control = 0, continuations = 0;
        for (long at = PrefaceLength; at + HeaderLength <= input.Length;)
        {
            var header = input.AsSpan((int)at, HeaderLength);
            var length = (header[0] << 16) | (header[1] << 8) | header[2];
            at += HeaderLength + length;
            switch (header[3])
            {
                case 0 when length > 0 || (header[4] & 1) != 0:
                case 8:
                    break;
                case 1:
                    continuations = 0;
                    break;
                case 9:
                    continuations++;
                    break;
                case 3:
                    resets++;
                    break;
                default:
                    control++;
                    break;
            }

            if (resets > FrameScanner.ResetBurst || control > FrameScanner.ControlBurst || continuations > FrameScanner.MaxContinuations)
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Frame(byte type, byte flags, byte[] payload) => [0, .. Bytes.Number(payload.Length), type, flags, 0, 0, 0, 1, .. payload];

    private sealed class StoppedClock : TimeProvider
    {
        public static readonly StoppedClock Instance = new();

        public override long GetTimestamp() => 0;
    }
}
