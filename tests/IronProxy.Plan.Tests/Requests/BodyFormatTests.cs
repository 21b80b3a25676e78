using System.Text;

namespace IronProxy.Plan.Tests.Requests;

public sealed class BodyFormatTests
{
    [Theory]
    [InlineData("application/x-www-form-urlencoded", "form")]
    [InlineData("Application/X-WWW-Form-UrlEncoded ; charset=UTF-8", "form")]
    [InlineData("application/json", "json")]
    [InlineData("text/json;charset=utf-8", "json")]
    [InlineData("application/vnd.api+JSON", "json")]
    [InlineData("multipart/form-data; boundary=application/json", "raw")]
    [InlineData("application/jsonp", "raw")]
    [InlineData("application/json, text/plain", "raw")]
    [InlineData("; x=y+json", "raw")]
    [InlineData("", "raw")]
    [InlineData(null, "raw")]
    public void It_is_read_from_the_content_type(string? contentType, string expected)
    {
        var format = BodyFormat.Of(contentType);
        Assert.Equal(expected, format == BodyFormat.Form ? "form" : format == BodyFormat.Json ? "json" : "raw");
    }

    [Fact]
    public void A_form_field_holds_the_bytes_of_the_value() =>
        Assert.Equal("a%2Bb%26c%3D%20%25%C3%A9%E2%82%AC", Encode(BodyFormat.Form, "a+b&c= %\u00e9\u20ac"));

    [Fact]
    public void A_JSON_string_holds_the_value()
    {
        const string Value = "a\"b\\c/\r\n\t\0<\u00e9\u20ac\ud83d\ude00";

        Assert.Equal(Value, System.Text.Json.JsonDocument.Parse($"\"{Encode(BodyFormat.Json, Value)}\"").RootElement.GetString());
    }

    [Fact]
    public void Elsewhere_the_value_is_as_it_is() => Assert.Equal("a\"+b\u20ac", Encode(BodyFormat.Raw, "a\"+b\u20ac"));

    [Fact]
    public void A_placeholder_is_looked_for_as_writers_of_the_format_spell_it()
    {
        Assert.Equal(["a /b", "a%20%2Fb", "a+%2Fb"], Spellings(BodyFormat.Form, "a /b"));
        Assert.Equal(["a\"/b", "a\\\"/b", "a\\\"\\/b"], Spellings(BodyFormat.Json, "a\"/b"));
        Assert.Equal(["a\\b", "a\\\\b"], Spellings(BodyFormat.Json, "a\\b"));
        Assert.Equal(["a /b"], Spellings(BodyFormat.Raw, "a /b"));
        Assert.Equal(["plain-1"], Spellings(BodyFormat.Json, "plain-1"));
    }

    private static string Encode(BodyFormat format, string value) => Encoding.UTF8.GetString(format.Encode(value));

    private static IEnumerable<string> Spellings(BodyFormat format, string token) => format.SpellingsOf(token).Select(Encoding.UTF8.GetString);
}
