using IronProxy.Compiler.Analysis.Settings;
using IronProxy.Compiler.Formatting;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Tests.Analysis.Suppressions;

public class SuppressionTests
{
    private const string Because = "because it only observes";

    [Theory]
    [InlineData("warn: true # ironc: ignore IRON2033 because it only observes")]
    [InlineData("warn: true   #ironc:   ignore IRON2033   because it only observes")]
    [InlineData("warn: true # see the ticket # ironc: ignore IRON2033 because it only observes")]
    [InlineData("# ironc: ignore IRON2033 because it only observes\n      warn: true")]
    [InlineData("# ironc: ignore IRON2033 because it only observes\n      # another comment\n      warn: true")]
    public void A_comment_behind_or_above_suppresses(string lines) => Assert.Empty(Codes(lines));

    [Theory]
    [InlineData("# ironc: ignore IRON2033 because it only observes\n\n      warn: true", "IRON2901 IRON2033")]
    [InlineData("warn: true\n      # ironc: ignore IRON2033 because it only observes", "IRON2033 IRON2901")]
    [InlineData("warn: true # ironc: ignore iron2033 because it only observes", "IRON2033 IRON2905")]
    [InlineData("warn: true # ironc: ignore IRON2033 because", "IRON2033 IRON2905")]
    [InlineData("warn: true # ironc: ignore IRON2901 because it only observes", "IRON2033 IRON2904")]
    [InlineData("warn: true # ironc:ignored", "IRON2033 IRON2905")]
    [InlineData("warn: true # about ironc: it is fine", "IRON2033")]
    public void Any_other_comment_does_not(string lines, string codes) => Assert.Equal(codes.Split(' '), Codes(lines));

    [Fact]
    public void What_looks_like_a_comment_inside_of_a_text_is_none()
    {
        var codes = CodesOf(
            """
            tls: {ca_cert: "a # ironc: ignore IRON2001 because", ca_key: 'b # ironc: nothing'}
            transforms:
              - name: allowlist
                config: {domains: [api.github.com]}
              - name: judge
                config:
                  name: writes
                  rules: [{host: api.github.com}]
                  provider: {type: openai, model: m, api_key_env: KEY}
                  prompt: | # ironc: ignore IRON2001 because this one is a comment
                    Allow all.
                    # ironc: ignore IRON2001 because this one is text
            """);

        Assert.Equal(["IRON2901"], codes);
    }

    [Fact]
    public void In_a_file_with_anchors_comments_work_as_well() => Assert.Empty(CodesOf(
        """
        tls: &tls {ca_cert: a, ca_key: b}
        transforms:
          - name: allowlist
            config: &list
              domains: [api.github.com]
              warn: true # ironc: ignore IRON2033 because it only observes
        """));

    [Fact]
    public void Warnings_of_validation_are_suppressed_and_errors_are_not()
    {
        Assert.Empty(CodesOf("tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    # ironc: ignore IRON1225 because all is denied on purpose\n    config: {domains: []}\n").Except(["IRON2901"]));
        var codes = CodesOf("tls: {ca_cert: a, ca_key: b}\ntransforms:\n  - name: allowlist\n    config: {domains: [a/b]} # ironc: ignore IRON1104 because I want it\n");
        Assert.Equal(["IRON1104", "IRON2904"], codes);
    }

    [Fact]
    public void Formatting_keeps_comments_with_what_they_suppress()
    {
        const string Untidy =
            """
            tls: {ca_cert: a, ca_key: b}
            transforms:
              - config:
                    warn:   true   # ironc: ignore IRON2033 because it only observes
                    domains: [api.github.com]
                    rules:
                        - {host: "*.dev", methods: [GET]} # ironc: ignore IRON2004 because this is a test
                        # ironc: ignore IRON2004 because this is a test
                        - {methods: [GET], host: "*.app"}
                name: allowlist
              - name: secrets
                config:
                  secrets:
                    # ironc: ignore IRON2012 because every host may know it
                    - replace: {proxy_value: placeholder-1}
                      source: {type: env, var: KEY}
                    - inject: {header: X-Other}
                      rules:
                        - host: api.example.org
                          methods: [GET]
                        - host: "*.com" # ironc: ignore IRON2004 because this is a test
                      source: {type: env, var: KEY}
            """;
        Assert.Empty(CodesOf(Untidy));

        var formatted = ProxyFormatter.Format(new SourceText("proxy.yaml", Untidy)).Text;

        Assert.NotNull(formatted);
        Assert.NotEqual(Untidy, formatted);
        Assert.Empty(CodesOf(formatted));
    }

    [Fact]
    public void A_command_that_does_not_analyze_does_not_complain_about_comments() => Assert.Empty(Compile.Codes(Policy($"warn: true # ironc: ignore IRON2004 {Because}")));

    private static string Policy(string lines) =>
        $"tls: {{ca_cert: a, ca_key: b}}\ntransforms:\n  - name: allowlist\n    config:\n      domains: [api.github.com]\n      {lines}\n";

    private static IEnumerable<string> Codes(string lines) => CodesOf(Policy(lines));

    private static IEnumerable<string> CodesOf(string yaml) =>
        ProxyCompiler.Compile(new SourceText("proxy.yaml", yaml), settings: AnalysisSettings.Default).Diagnostics.Select(d => d.Code);
}
