using System.Collections.Immutable;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Values;

public class TemplateTextTests
{
    [Theory]
    [InlineData("{{ .Value }}", "<Value>")]
    [InlineData("{{.Value}}", "<Value>")]
    [InlineData("Bearer {{ .Value }}", "Bearer <Value>")]
    [InlineData("Basic {{ base64 \"x-access-token:\" .Value }}", "Basic b64(x-access-token:<Value>)")]
    [InlineData("{{ .Value | base64 }}", "b64(<Value>)")]
    [InlineData("{{ .Value | base64 \"u:\" }}", "b64(u:<Value>)")]
    [InlineData("{{ base64 (base64 .Value) }}", "b64(b64(<Value>))")]
    [InlineData("{{ `a}}b` }}{{ .Value }}", "a}}b<Value>")]
    [InlineData("{{ \"\\x41\\u00e9\\101\\\"\" }}{{ .Value }}", "AéA\"<Value>")]
    [InlineData("a  {{- .Value -}}  b", "a<Value>b")]
    [InlineData("a {{- /* why */ -}} b {{ .Value }}", "ab <Value>")]
    [InlineData("{{ \"ab\" | base64 }}:{{ .Value }}", "YWI=:<Value>")]
    [InlineData("}} {{ .Value }}", "}} <Value>")]
    public void Formatters_are_read(string template, string expected)
    {
        var (value, bag) = Value.Of(template);
        var parts = TemplateText.Parse(value, TemplateGrammar.Formatter, bag);
        Assert.Empty(bag.ToSorted());
        Assert.Equal(expected, Show(parts!.Value)); // There is no finding.
    }

    [Theory]
    [InlineData("{{ .Token }}", 3)]
    [InlineData("{{ .Value", 0)]
    [InlineData("a {{ printf \"%s\" .Value }}", 5)]
    [InlineData("{{ .Value | upper }}", 12)]
    [InlineData("{{ }}", 3)]
    [InlineData("{{ base64 }}", 3)]
    [InlineData("{{ .Value.Length }}", 3)]
    [InlineData("{{ .Value .Value }}", 10)]
    [InlineData("{{ \"a\\q\" }}", 5)]
    [InlineData("{{ (.Value }}", 3)]
    [InlineData("{{ if .Value }}x{{ end }}", 3)]
    [InlineData("{{ 5 }}", 3)]
    [InlineData("{{- /* a }}", 0)]
    public void What_is_not_available_is_reported_where_it_is(string template, int at)
    {
        var (value, bag) = Value.Of(template);
        Assert.Null(TemplateText.Parse(value, TemplateGrammar.Formatter, bag));
        var diagnostic = Assert.Single(bag.ToSorted());
        Assert.Equal(("IRON1171", at), (diagnostic.Code, diagnostic.Span.Start));
    }

    [Theory]
    [InlineData("", "IRON1172")]
    [InlineData("plain", "IRON1172")]
    [InlineData("{{ \"\\n\" }}{{ .Value }}", "IRON1173")]
    public void A_formatter_must_make_a_header_of_the_secret(string template, string code)
    {
        var (value, bag) = Value.Of(template);
        Assert.Null(TemplateText.Parse(value, TemplateGrammar.Formatter, bag));
        Assert.Equal(code, Assert.Single(bag.ToSorted()).Code);
    }

    [Fact]
    public void Control_characters_may_be_encoded()
    {
        var (value, bag) = Value.Of("{{ base64 \"\\n\" .Value }}");
        Assert.NotNull(TemplateText.Parse(value, TemplateGrammar.Formatter, bag));
    }

    [Theory]
    [InlineData("{{.Timestamp}}{{.Method}}{{.PathWithQuery}}{{.Body}}", "<Timestamp><Method><PathWithQuery><Body>")]
    [InlineData("{{.Path}}?{{.Query}}\n{{ .Host }}", "<Path>?<Query>\n<Host>")]
    [InlineData("{{ base64 .Credentials.key }}", "b64(<Credentials.key>)")]
    public void Messages_have_fields_of_the_request_and_credentials(string template, string expected)
    {
        var (value, bag) = Value.Of(template);
        var parts = TemplateText.Parse(value, TemplateGrammar.MessageWith(["secret", "key"]), bag);
        Assert.Empty(bag.ToSorted());
        Assert.Equal(expected, Show(parts!.Value)); // There is no finding.
    }

    [Theory]
    [InlineData("{{ .Value }}", 3)]
    [InlineData("ab{{ .Signature }}", 5)]
    [InlineData("{{ .Credentials }}", 3)]
    [InlineData("{{ .Credentials.other }}", 3)]
    [InlineData("{{ .Credentials.key.more }}", 3)]
    [InlineData("{{ .Credentials. }}", 3)]
    [InlineData("{{ .Method.x }}", 3)]
    public void Messages_have_no_other_fields(string template, int at)
    {
        var (value, bag) = Value.Of(template);
        Assert.Null(TemplateText.Parse(value, TemplateGrammar.MessageWith(["secret", "key"]), bag));
        var diagnostic = Assert.Single(bag.ToSorted());
        Assert.Equal(("IRON1171", at), (diagnostic.Code, diagnostic.Span.Start));
    }

    [Fact]
    public void Every_prefix_of_a_formatter_is_read_or_refused()
    {
        const string Template = "a {{- base64 \"x\\u0041\" (`b` | base64) .Value -}} {{/* c */}} {{ .Value | base64 }}";
        for (var length = 0; length < Template.Length; length++)
        {
            var (value, bag) = Value.Of(Template[..length]);
            var parts = TemplateText.Parse(value, TemplateGrammar.Formatter, bag);
            Assert.Equal(parts is null, bag.HasErrors);
        }
    }

    private static string Show(ImmutableArray<TemplatePartPlan> parts) =>
        string.Concat(parts.Select(p => p.Text ?? (p.Field is { } field ? $"<{field}>" : $"b64({Show(p.Base64!.Value)})"))); // One of the three is set.
}
