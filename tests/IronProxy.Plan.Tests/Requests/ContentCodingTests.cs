using System.IO.Compression;
using System.Text;

namespace IronProxy.Plan.Tests.Requests;

public class ContentCodingTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the placeholder is in here. ", 500)));

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData(" ", true)]
    [InlineData("identity", true)]
    [InlineData(" Identity\t", true)]
    [InlineData("identity\u00A0", false)]
    [InlineData("gzip", false)]
    [InlineData("identity, gzip", false)]
    public void Without_a_coding_a_body_is_as_it_seems(string? encoding, bool expected) =>
        Assert.Equal(expected, ContentCoding.IsIdentity(encoding));

    [Theory]
    [InlineData("gzip")]
    [InlineData("X-Gzip")]
    [InlineData("deflate")]
    [InlineData(" br ")]
    public void Known_codings_are_decoded(string coding)
    {
        Assert.Null(Decode(coding, Encode(coding), out var decoded));
        Assert.Equal(Text, decoded);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    [InlineData("gzip\u0085")]
    [InlineData("nonsense")]
    public void Unknown_codings_are_not(string coding)
    {
        Assert.Equal(Reason.BodyEncoding, Decode(coding, Text, out _));
        Assert.False(ContentCoding.TryDecodePrefix(coding, Text, 1 << 20, out _));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public void What_ends_early_or_goes_on_behind_its_end_is_not_decoded(string coding)
    {
        var whole = Encode(coding);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Equal(Reason.BodyEncoding, Decode(coding, whole[..length], out _));
        }

        Assert.Equal(Reason.BodyEncoding, Decode(coding, [.. whole, 0], out _));
        Assert.Equal(Reason.BodyEncoding, Decode(coding, [.. whole, .. "more"u8], out _));
        Assert.Equal(Reason.BodyEncoding, Decode(coding, [.. whole, .. whole], out _)); // Some readers stop behind the first, others do not.
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public void The_limit_is_exact_and_memory_is_asked_for_before_it_is_taken(string coding)
    {
        var asked = 0L;
        Assert.Null(ContentCoding.Decode(coding, Encode(coding), Text.Length, Reserve, out _));
        Assert.InRange(asked, Text.Length, 4L * Text.Length);

        asked = 0;
        Assert.Equal(Reason.BodyTooLarge, ContentCoding.Decode(coding, Encode(coding), Text.Length - 1, Reserve, out _));
        Assert.InRange(asked, 1, Text.Length);
        Assert.Equal(Reason.BodyTooLarge, ContentCoding.Decode(coding, Encode(coding), 100, Reserve, out _));
        Assert.Equal(Reason.BodyMemory, ContentCoding.Decode(coding, Encode(coding), Text.Length, static _ => false, out _));

        bool Reserve(long bytes)
        {
            asked += bytes;
            return true;
        }
    }

    [Fact]
    public void A_prefix_stops_one_byte_over_the_limit()
    {
        Assert.True(ContentCoding.TryDecodePrefix("gzip", Encode("gzip"), 100, out var decoded));
        Assert.Equal(101, decoded.Length);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public void What_is_no_such_coding_is_an_answer_and_no_exception(string coding)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(1, 64)];
            random.NextBytes(bytes);
            Decode(coding, bytes, out _);
            ContentCoding.TryDecodePrefix(coding, bytes, 1 << 20, out _);

            var broken = Encode(coding);
            broken[random.Next(broken.Length)] ^= (byte)random.Next(1, 256);
            Decode(coding, broken, out _);
            ContentCoding.TryDecodePrefix(coding, broken, 1 << 20, out _);
        }

        Assert.Equal(Reason.BodyEncoding, Decode(coding, "hello world"u8.ToArray(), out _));
        Assert.False(ContentCoding.TryDecodePrefix(coding, "hello world"u8.ToArray(), 1 << 20, out _));
    }

    [Fact]
    public void Of_a_prefix_there_is_what_there_is()
    {
        Assert.True(ContentCoding.TryDecodePrefix("gzip", Encode("gzip").AsMemory(0, 60), 1 << 20, out var prefix));
        Assert.True(Text.AsSpan().StartsWith(prefix));
        Assert.NotEmpty(prefix);
    }

    private static Reason? Decode(string coding, byte[] body, out byte[] decoded) => ContentCoding.Decode(coding, body, 1 << 20, static _ => true, out decoded);

    private static byte[] Encode(string coding)
    {
        using var output = new MemoryStream();
        using (Stream encoder = coding.Trim().ToLowerInvariant() switch
        {
            "deflate" => new ZLibStream(output, CompressionMode.Compress, leaveOpen: true),
            "br" => new BrotliStream(output, CompressionMode.Compress, leaveOpen: true),
            _ => new GZipStream(output, CompressionMode.Compress, leaveOpen: true),
        })
        {
            encoder.Write(Text);
        }

        return output.ToArray();
    }
}
