using System.Text;
using IronProxy.Pipeline.Transforms;

namespace IronProxy.Pipeline.Tests.Transforms;

/// <summary>The published examples of Signature Version 4: AWS's test suite, whose requests are of 2015-08-30, and those of the pages of S3, of 2013-05-24.</summary>
public sealed class SigV4Tests
{
    private const string Unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string SessionToken =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburED"
        + "y0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    [Theory]
    [InlineData("GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("GET", "/" + Unreserved, "", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    [InlineData("GET", "/\u1234", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85")]
    [InlineData("GET", "/example space/", "", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741")]
    [InlineData("GET", "/example/..", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("GET", "/example1/example2/../..", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("GET", "//", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("GET", "/./", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("GET", "/./example", "", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5")]
    [InlineData("GET", "//example//", "", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84")]
    [InlineData("GET", "/", "?\u1234=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")]
    [InlineData("GET", "/", "?" + Unreserved + "=" + Unreserved, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197")]
    [InlineData("GET", "/", "?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")]
    [InlineData("GET", "/", "?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("POST", "/", "", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c", "my-header1", "value1")]
    [InlineData("POST", "/", "", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d", "my-header1", "VALUE1")]
    [InlineData("GET", "/", "", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736", "my-header1", " value1", "my-header2", " \"a   b   c\"")]
    [InlineData("POST", "/", "", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead", "x-amz-security-token", SessionToken)]
    public void The_test_suite_s_requests_get_its_signatures(string method, string path, string query, string signature, params string[] headers) =>
        Assert.Equal(signature, Sign(method, path, query, headers, ""));

    [Fact]
    public void A_body_is_signed_by_its_hash() =>
        Assert.Equal(
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", Sign("POST", "/", "", ["content-type", "application/x-www-form-urlencoded"], "Param1=value1"));

    [Theory]
    [InlineData("/a%20b/c", "/a%2520b/c", "/a%20b/c")]
    [InlineData("/a%2fb", "/a%252fb", "/a%2Fb")]
    [InlineData("/a//b/./c", "/a/b/c", "/a//b/./c")]
    [InlineData("/a+b(c)", "/a%2Bb%28c%29", "/a%2Bb%28c%29")]
    [InlineData("/%c3%a4%7e", "/%25c3%25a4%257e", "/%C3%A4~")]
    [InlineData("/", "/", "/")]
    public void S3_takes_a_path_for_a_name_and_others_encode_it_twice(string path, string others, string s3)
    {
        Assert.Equal(others, SigV4.Canonicalize("GET", path, "", [], "", s3: false).Split('\n')[1]);
        Assert.Equal(s3, SigV4.Canonicalize("GET", path, "", [], "", s3: true).Split('\n')[1]);
    }

    [Theory]
    [InlineData("?b=2&a=1&B=3&a=0", "B=3&a=0&a=1&b=2")]
    [InlineData("?prefix=a+b%20c%2B&delimiter=/", "delimiter=%2F&prefix=a%20b%20c%2B")]
    [InlineData("?lifecycle&&x=a=b", "lifecycle=&x=a%3Db")]
    [InlineData("?%6Bey=%zz%e2%82%ac", "key=%25zz%E2%82%AC")]
    [InlineData("", "")]
    public void A_query_is_decoded_encoded_and_put_in_order(string query, string canonical) =>
        Assert.Equal(canonical, SigV4.Canonicalize("GET", "/", query, [], "", s3: true).Split('\n')[2]);

    [Fact]
    public void Parts_of_a_body_are_signed_in_a_chain()
    {
        var body = Parts(
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", trailers: false,
            "10000;chunk-signature=", new string('a', 65536), "400;chunk-signature=", new string('a', 1024), "0;chunk-signature=", "");

        Assert.Equal(
            ["ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"],
            body.Split("chunk-signature=").Skip(1).Select(p => p[..64]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("3;chunk-signature=0\r\nabc\r\n0;chunk-signature=0\r\n\r\n")]
    [InlineData("4;chunk-signature=#\r\nabc\r\n0;chunk-signature=#\r\n\r\n")]
    [InlineData("3;chunk-signature=#\r\nabc\r\n")]
    [InlineData("3;chunk-signature=#\r\nabcd0;chunk-signature=#\r\n\r\n")]
    [InlineData("-3;chunk-signature=#\r\nabc\r\n0;chunk-signature=#\r\n\r\n")]
    [InlineData("ffffffff;chunk-signature=#\r\nabc\r\n0;chunk-signature=#\r\n\r\n")]
    [InlineData("3;name=x;chunk-signature=#\r\nabc\r\n0;chunk-signature=#\r\n\r\n")]
    [InlineData("0;chunk-signature=#\r\n\r\nmore")]
    public void What_is_written_in_another_way_is_not_signed(string body)
    {
        var bytes = Encoding.Latin1.GetBytes(body.Replace("#", new string('0', 64), StringComparison.Ordinal));
        Assert.False(SignedBodyParts.TrySign(bytes, Key(), "seed", trailers: false));
    }

    [Theory]
    [InlineData("x-amz-checksum-crc32:AAAAAA==\r\n\r\n")]
    [InlineData("no header\r\nx-amz-trailer-signature:#\r\n\r\n")]
    [InlineData("x-amz-trailer-signature:0\r\n\r\n")]
    [InlineData("x-amz-trailer-signature:#\r\nx-amz-more: 1\r\n\r\n")]
    public void Trailers_without_one_signature_behind_them_are_not_signed(string trailers)
    {
        var bytes = Encoding.Latin1.GetBytes($"0;chunk-signature=#\r\n{trailers}".Replace("#", new string('0', 64), StringComparison.Ordinal));
        Assert.False(SignedBodyParts.TrySign(bytes, Key(), "seed", trailers: true));
    }

    private static SigV4 Key() => new(new SecretValue("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero), "us-east-1", "s3");

    private static string Parts(string seed, bool trailers, params string[] headsAndParts)
    {
        var bytes = Encoding.Latin1.GetBytes(string.Concat(headsAndParts.Select((t, i) => i % 2 == 0 ? t + new string('0', 64) + "\r\n" : t + "\r\n")));
        Assert.True(SignedBodyParts.TrySign(bytes, Key(), seed, trailers));
        return Encoding.Latin1.GetString(bytes);
    }

    private static string Sign(string method, string path, string query, string[] headers, string body)
    {
        var key = new SigV4(new SecretValue("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero), "us-east-1", "service");
        var signed = headers.Chunk(2).Select(h => KeyValuePair.Create(h[0], SigV4.TrimValue(h[1])))
            .Concat([new("host", "example.amazonaws.com"), new("x-amz-date", key.Time)]).OrderBy(h => h.Key, StringComparer.Ordinal).ToArray();
        return key.SignRequest(SigV4.Canonicalize(method, Wire(path), Wire(query), signed, SigV4.Hash(Encoding.UTF8.GetBytes(body)), s3: false));
    }

    private static string Wire(string text) => IronProxy.Plan.HeaderName.ToWire(text);
}
