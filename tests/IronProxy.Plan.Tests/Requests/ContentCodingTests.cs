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
        Assert.True(ContentCoding.TryDecode(coding, Encode(coding), 1 << 20, out var decoded));
        Assert.Equal(Text, decoded);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, gzip")]
    [InlineData("nonsense")]
    public void Unknown_codings_are_not(string coding) =>
        Assert.False(ContentCoding.TryDecode(coding, Text, 1 << 20, out _));

    [Fact]
    public void A_bomb_stops_one_byte_over_the_limit()
    {
        Assert.True(ContentCoding.TryDecode("gzip", Encode("gzip"), 100, out var decoded));
        Assert.Equal(101, decoded.Length);
    }

    [Theory]
    [InlineData("gzip", false)]
    [InlineData("deflate", false)]
    [InlineData("br", false)]
    [InlineData("gzip", true)]
    [InlineData("deflate", true)]
    [InlineData("br", true)]
    public void What_is_no_such_coding_is_an_answer_and_no_exception(string coding, bool partial)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var bytes = new byte[random.Next(1, 64)];
            random.NextBytes(bytes);
            ContentCoding.TryDecode(coding, bytes, 1 << 20, out _, partial);

            var broken = Encode(coding);
            broken[random.Next(broken.Length)] ^= (byte)random.Next(1, 256);
            ContentCoding.TryDecode(coding, broken, 1 << 20, out _, partial);
        }

        Assert.False(ContentCoding.TryDecode(coding, "hello world"u8.ToArray(), 1 << 20, out _, partial));
    }

    [Fact]
    public void Broken_input_is_refused_and_a_prefix_is_not()
    {
        var encoded = Encode("br");
        encoded[^3] ^= 0xFF;
        Assert.False(ContentCoding.TryDecode("gzip", Text, 1 << 20, out _));
        Assert.True(ContentCoding.TryDecode("gzip", Encode("gzip").AsMemory(0, 60), 1 << 20, out var prefix, partial: true));
        Assert.True(Text.AsSpan().StartsWith(prefix));
        Assert.NotEmpty(prefix);
    }

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
