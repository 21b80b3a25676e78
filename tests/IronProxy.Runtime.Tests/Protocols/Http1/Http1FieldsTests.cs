using System.Text;
using IronProxy.Runtime.Protocols.Http1;

namespace IronProxy.Runtime.Tests.Protocols.Http1;

public sealed class Http1FieldsTests
{
    /// <summary>The headers of ordinary responses, each of which comes with nearly every one.</summary>
    public static TheoryData<string> OrdinaryNames =>
    [
        "Accept-Ranges", "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers", "Age", "Allow", "Alt-Svc", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language",
        "Content-Length", "Content-Range", "Content-Security-Policy", "Content-Type", "Date", "ETag", "Expires", "Keep-Alive", "Last-Modified", "Link", "Location",
        "Pragma", "Referrer-Policy", "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security", "Transfer-Encoding", "Vary", "Via", "WWW-Authenticate",
        "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
    ];

    [Theory]
    [MemberData(nameof(OrdinaryNames))]
    public void Ordinary_names_take_no_memory(string name)
    {
        foreach (var spelling in (string[])[name, name.ToLowerInvariant()])
        {
            Assert.Equal(spelling, Name(spelling));
            Assert.Same(Name(spelling), Name(spelling));
        }
    }

    [Theory]
    [InlineData("X")]
    [InlineData("content-TYPE")]
    [InlineData("Access-Control-Allow-Credentialz")] // As long as the longest of the ordinary ones.
    [InlineData("Access-Control-Allow-Credentials2")]
    [InlineData("Sec-Something-That-Is-Longer-Than-All-Of-The-Ordinary-Ones")]
    public void Other_names_are_read_as_they_are(string name) => Assert.Equal(name, Name(name));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData(": x")]
    [InlineData("a b: x")]
    [InlineData("a : x")]
    [InlineData("a: \u007f")]
    [InlineData("a: \r")]
    [InlineData("nothing")]
    public void What_is_no_field_leaves_nothing(string line)
    {
        Assert.False(Http1Fields.TryReadLine(Encoding.Latin1.GetBytes(line), out var name, out var value));
        Assert.Equal(("", ""), (name, value));
    }

    private static string Name(string name)
    {
        Assert.True(Http1Fields.TryReadLine(Encoding.ASCII.GetBytes(name + ": x"), out var read, out var value));
        Assert.Equal("x", value);
        return read;
    }
}
