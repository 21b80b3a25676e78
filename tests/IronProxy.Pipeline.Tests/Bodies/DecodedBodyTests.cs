using System.IO.Compression;
using System.Text;
using IronProxy.Plan;
using ZstdSharp;

namespace IronProxy.Pipeline.Tests.Bodies;

/// <summary>Content codings of responses: taken off as they come, and never guessed when they are cut.</summary>
public sealed class DecodedBodyTests
{
    private static readonly byte[] Text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i},")));

    public static TheoryData<string> Codings => ["gzip", "x-gzip", "GZIP", "deflate", "raw deflate", "br", "zstd", "gzip, br", "identity, zstd, gzip", ""];

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task Codings_are_taken_off_in_pieces_of_any_size(string coding)
    {
        foreach (var piece in (int[])[1, 7, int.MaxValue])
        {
            var inner = new ScriptedResponse(Encode(coding, Text), piece);
            var body = Decode(inner, Named(coding));

            Assert.NotNull(body);
            Assert.Equal(Text, await ScriptedResponse.ReadAllAsync(body));
            Assert.True(inner.Ended);
        }
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public async Task No_bytes_are_no_bytes_in_every_coding(string coding) =>
        Assert.Empty(await ScriptedResponse.ReadAllAsync(Decode(new ScriptedResponse([]), Named(coding))!)); // All of them are known.

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("raw deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task What_is_cut_or_is_something_else_is_broken(string coding)
    {
        var encoded = Encode(coding, Text);
        foreach (var bytes in (byte[][])[encoded[..^1], encoded[..(encoded.Length / 2)], "\u0001\u0002no such coding"u8.ToArray()])
        {
            var body = Decode(new ScriptedResponse(bytes), Named(coding))!; // It is known.
            var broken = await Assert.ThrowsAsync<BrokenResponseException>(() => ScriptedResponse.ReadAllAsync(body));
            Assert.Equal(Reason.ResponseUnscrubbable, broken.Reason);

            // It is over, and no proper end either.
            await Assert.ThrowsAsync<BrokenResponseException>(() => ScriptedResponse.ReadAllAsync(body));
        }
    }

    /// <summary>Behind the end of the inner coding a few bytes could stand for any number: they are passed over as they came, broken ones too.</summary>
    [Fact]
    public async Task What_is_behind_the_end_is_not_decoded()
    {
        var rest = new byte[300_000];
        new Random(3).NextBytes(rest);
        var bytes = Encode("gzip", [.. Encode("gzip", Text), .. rest]);
        bytes.AsSpan(bytes.Length / 2).Fill(0xFF);
        var inner = new ScriptedResponse(bytes);

        Assert.Equal(Text, await ScriptedResponse.ReadAllAsync(Decode(inner, "gzip, gzip")!)); // Both are known.
        Assert.True(inner.Ended);
    }

    /// <summary>Each coding is a stream within the next: a head has room for so many that reading through them would end the process.</summary>
    [Fact]
    public async Task More_than_four_codings_are_not_decoded()
    {
        var four = Decode(new ScriptedResponse(Encode("gzip, br, zstd, gzip", Text)), "gzip, identity, br, zstd, gzip");
        Assert.Equal(Text, await ScriptedResponse.ReadAllAsync(four!)); // All of them are known.
        Assert.Null(Decode(new ScriptedResponse(Text), "gzip, br, zstd, gzip, br"));
        Assert.Null(Decode(new ScriptedResponse(Text), string.Join(',', Enumerable.Repeat("br", 40_000))));
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("gzip, compress")]
    [InlineData("utf-8")]
    public void What_is_not_known_is_not_decoded(string coding) => Assert.Null(Decode(new ScriptedResponse(Text), coding));

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task What_was_flushed_does_not_wait_for_more(string coding)
    {
        var inner = new FlushedBody(coding);
        var body = Decode(inner, coding)!; // It is known.
        var buffer = new byte[100];
        var first = new StringBuilder();
        while (first.Length < FlushedBody.Event.Length)
        {
            first.Append(Encoding.ASCII.GetString(buffer, 0, await body.ReadAsync(buffer, default)));
        }

        Assert.Equal(FlushedBody.Event, first.ToString());
        Assert.False(inner.WasAskedForMore);
    }

    /// <summary>RFC 9659, 3: 8 MB of window are enough, and more would be memory that a stranger takes.</summary>
    [Fact]
    public async Task A_window_of_zstd_over_8_MB_is_refused()
    {
        using var compressor = new Compressor();
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, 25);
        var packed = new MemoryStream();
        using (var stream = new CompressionStream(packed, compressor, leaveOpen: true))
        {
            stream.Write(Text);
        }

        await Assert.ThrowsAsync<BrokenResponseException>(() => ScriptedResponse.ReadAllAsync(Decode(new ScriptedResponse(packed.ToArray()), "zstd")!)); // It is known.
    }

    private static string Named(string coding) => coding.Replace("raw ", "", StringComparison.Ordinal);

    private static byte[] Encode(string codings, byte[] bytes) => codings.Split(", ").Aggregate(bytes, static (b, coding) =>
    {
        var packed = new MemoryStream();
        using (var stream = Open(coding, packed))
        {
            stream.Write(b);
        }

        return packed.ToArray();
    });

    private static Stream Open(string coding, Stream to) => coding.ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => new GZipStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "deflate" => new ZLibStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "raw deflate" => new DeflateStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "br" => new BrotliStream(to, CompressionLevel.Fastest, leaveOpen: true),
        "zstd" => new CompressionStream(to, leaveOpen: true),
        _ => new BufferedStream(to),
    };

    /// <summary>A stream of which one event was flushed, and no more is said.</summary>
    private sealed class FlushedBody : ResponseBody
    {
        public const string Event = "data: one event\n\n";
        private readonly byte[] _bytes;
        private int _read;

        public FlushedBody(string coding)
        {
            var packed = new MemoryStream();
            var stream = Open(coding, packed);
            stream.Write(Encoding.ASCII.GetBytes(Event));
            stream.Flush();
            _bytes = packed.ToArray();
        }

        public bool WasAskedForMore { get; private set; }

        public override long? Length => null;

        public override bool MayHaveTrailers => false;

        public override IEnumerable<KeyValuePair<string, string>> Trailers => [];

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
        {
            if (_read == _bytes.Length)
            {
                WasAskedForMore = true;
                throw new IOException("Whoever asks now would wait.");
            }

            buffer.Span[0] = _bytes[_read++];
            return new(1);
        }
    }

    private static ResponseBody? Decode(ResponseBody body, string? codings) => DecodedBody.Decode(body, codings, Reason.ResponseUnscrubbable);
}
