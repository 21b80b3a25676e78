using IronProxy.Compiler.Learning;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Learning;

public class LearnedPolicyWriterTests
{
    private const string Warning =
        """
        tls: {ca_cert: a, ca_key: b}
        transforms:
          - {name: annotate, config: {annotations: [{headers: [X-A]}]}} # note
          - name: allowlist # the list
            config:
              # goes with the rules
              domains: ["old.test"]
              warn: true # for now
            # stays
          - name: header_allowlist
            config:
              headers: ["Accept"]
        log: {level: debug}

        """;

    [Fact]
    public void Only_the_allowlist_of_the_base_is_replaced()
    {
        var file = LearnedPolicyWriter.WriteInto(Learn(LearningGranularity.Host, "GET https://new.test/"), new SourceText("p.yaml", Warning));

        Assert.Equal(
            """
            tls:
              ca_cert: a
              ca_key: b

            transforms:
              - name: annotate # note
                config:
                  annotations:
                    - headers: [X-A]
              - name: allowlist # the list
                config:
                  # Learned from 1 request; a comment at each entry says how often it was seen.
                  domains:
                    - "new.test" # 1 request
              # stays
              - name: header_allowlist
                config:
                  headers: [Accept]

            log:
              level: debug

            """,
            file.Text);
    }

    [Fact]
    public void Of_several_allowlists_the_one_in_warn_mode_is_meant()
    {
        var two = Warning.Replace("  - name: header_allowlist", "  - {name: allowlist, config: {domains: [kept.test]}}\n  - name: header_allowlist", StringComparison.Ordinal);
        var learned = Learn(LearningGranularity.Host, "GET https://new.test/");

        var text = LearnedPolicyWriter.WriteInto(learned, new SourceText("p.yaml", two)).Text;

        Assert.Contains("kept.test", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old.test", text, StringComparison.Ordinal);
        Assert.Equal(
            "it has 2 allowlists, and none of them in warn mode",
            LearnedPolicyWriter.WriteInto(learned, new SourceText("p.yaml", two.Replace("warn: true", "warn: false", StringComparison.Ordinal))).Problem);
    }

    [Theory]
    [InlineData("{name: allowlist, config: {}}")]
    [InlineData("{name: allowlist, config: {warn: true}}")]
    [InlineData("{name: allowlist, config: {domains: []}}")]
    [InlineData("{config: {domains: [a.test]}, name: allowlist}")]
    public void However_the_allowlist_is_written_it_is_replaced(string transform)
    {
        var learned = Learn(LearningGranularity.Path, "GET https://new.test/");

        var text = LearnedPolicyWriter.WriteInto(learned, new SourceText("p.yaml", $"tls: {{ca_cert: a, ca_key: b}}\ntransforms: [{transform}] # end\n")).Text;

        Assert.NotNull(text);
        Assert.Equal(
            """
            tls:
              ca_cert: a
              ca_key: b

            transforms: # end
              - name: allowlist
                config:
                  # Learned from 1 request; a comment at each entry says how often it was seen.
                  rules:
                    - host: "new.test" # 1 request
                      methods: [GET]
                      paths:
                        - "/" # 1

            """,
            text);
    }

    [Fact]
    public void A_base_with_errors_gives_its_errors()
    {
        var file = LearnedPolicyWriter.WriteInto(Learn(LearningGranularity.Host, "GET https://new.test/"), new SourceText("p.yaml", "transforms: 5\n"));

        Assert.Null(file.Text);
        Assert.Contains(file.Diagnostics, d => d.Severity == DiagnosticSeverity.Error);
    }

    [Fact]
    public void What_a_workload_wrote_stays_in_its_comment()
    {
        var learner = new PolicyLearner();
        learner.LeaveOut("GET https://x/\"\n  - name: evil\u2028\u202e#", "invalid_path: x", 2);
        learner.LeaveOut(new string('a', 500), "long", 1);
        for (var i = 0; i < 100; i++)
        {
            learner.LeaveOut($"z{i}", "many", 1);
        }

        Add(learner, "GET https://good.test/");
        var text = LearnedPolicyWriter.Write(learner.Learn(LearningGranularity.Method));

        Assert.Contains("""#   "GET https://x/\"\n  - name: evil\u2028\u202E#" (2 requests): invalid_path: x""" + "\n", text, StringComparison.Ordinal);
        Assert.Contains($"#   \"{new string('a', 120)}...\" (1 request): long\n", text, StringComparison.Ordinal);
        Assert.Contains("#   and 62 more\n", text, StringComparison.Ordinal);
        Assert.Single(Compile.File(text).Plan!.Steps); // It was compiled before.
    }

    private static LearnedPolicy Learn(LearningGranularity granularity, params string[] requests)
    {
        var learner = new PolicyLearner();
        foreach (var request in requests)
        {
            Add(learner, request);
        }

        return learner.Learn(granularity);
    }

    private static void Add(PolicyLearner learner, string request)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(request.Split(' ')[0], request.Split(' ')[1], out var canonical));
        learner.Add(canonical, 1);
    }
}
