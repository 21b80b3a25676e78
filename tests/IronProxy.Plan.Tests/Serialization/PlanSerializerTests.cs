using System.Text;
using IronProxy.Plan.Serialization;

namespace IronProxy.Plan.Tests.Serialization;

public sealed class PlanSerializerTests
{
    private static readonly ProxyPlan Sealed = PlanSerializer.Seal(TestPlan.Create(TestPlan.EveryStep()));
    private static readonly string Text = Encoding.UTF8.GetString(PlanSerializer.Write(Sealed));

    [Fact]
    public void A_plan_comes_back_as_it_was_written()
    {
        var back = PlanSerializer.Read(PlanSerializer.Write(Sealed));

        Assert.Equal(Text, Encoding.UTF8.GetString(PlanSerializer.Write(back)));
        Assert.Equal(TestPlan.EveryStep().Select(s => s.Type), back.Steps.Select(s => s.Type));
        var secrets = Assert.IsType<SecretsStepPlan>(back.Steps[1]);
        Assert.Equal("GITHUB_TOKEN", Assert.IsType<EnvSourcePlan>(secrets.Secrets[0].Source).Var);
        Assert.Equal("token", Assert.IsType<FileSourcePlan>(secrets.Secrets[1].Source).JsonKey);
        Assert.Equal(new SourcePosition(15, 9), secrets.Secrets[1].At);
    }

    [Fact]
    public void Every_kind_of_step_and_source_comes_back()
    {
        var steps = PlanSerializer.Read(PlanSerializer.Write(Sealed)).Steps;

        Assert.Equal(typeof(StepPlan).Assembly.GetTypes().Count(t => t.IsSubclassOf(typeof(StepPlan))), steps.Select(s => s.GetType()).Distinct().Count());
        Assert.Equal(StepNeeds.WholeBody, steps.OfType<HmacSignStepPlan>().Single().Needs);
        Assert.Equal(StepNeeds.WholeBody, steps.OfType<AwsAuthStepPlan>().Single().Needs);
        Assert.Equal(StepNeeds.Head, (steps.OfType<AwsAuthStepPlan>().Single() with { UnsignedPayload = true }).Needs);
        Assert.Equal(StepNeeds.Head, steps.OfType<GrpcStepPlan>().Single().Needs);
        Assert.Equal(StepNeeds.WholeBody, (steps.OfType<GrpcStepPlan>().Single() with { SendRequestBody = true }).Needs);
        Assert.Equal(["secret", "key"], steps.OfType<HmacSignStepPlan>().Single().Credentials.Select(c => c.Name));
    }

    [Theory]
    [InlineData("arn:aws:secretsmanager:us-west-1:123456789012:secret:openai-key", "openai-key")]
    [InlineData("openai-key", "openai-key")]
    public void Logs_name_a_secret_without_the_account_that_it_is_in(string id, string expected) =>
        Assert.Equal(expected, new AwsSmSourcePlan { SecretId = id, TtlMs = 0, At = new SourcePosition(1, 1) }.DisplayName);

    [Fact]
    public void Logs_name_a_secret_of_Google_without_its_project() =>
        Assert.Equal("key", new GcpSmSourcePlan { SecretId = "projects/p/secrets/key/versions/latest", TtlMs = 0, At = new SourcePosition(1, 1) }.DisplayName);

    [Fact]
    public void The_same_plan_gives_the_same_bytes() =>
        Assert.Equal(Text, Encoding.UTF8.GetString(PlanSerializer.Write(PlanSerializer.Seal(TestPlan.Create(TestPlan.EveryStep())))));

    [Fact]
    public void A_plan_is_one_line()
    {
        Assert.EndsWith("}\n", Text, StringComparison.Ordinal);
        Assert.Equal(1, Text.AsSpan().Count('\n'));
    }

    [Fact]
    public void Both_hashes_name_their_algorithm()
    {
        Assert.Matches("^sha256:[0-9a-f]{64}$", Sealed.PolicyHash);
        Assert.Matches("^sha256:[0-9a-f]{64}$", Sealed.FileHash);
        Assert.NotEqual(Sealed.PolicyHash, Sealed.FileHash);
    }

    [Fact]
    public void Sealing_twice_changes_nothing()
    {
        var again = PlanSerializer.Seal(Sealed);

        Assert.Equal(Sealed.PolicyHash, again.PolicyHash);
        Assert.Equal(Sealed.FileHash, again.FileHash);
    }

    [Fact]
    public void Positions_file_names_and_the_compiler_belong_to_the_file_and_not_to_the_policy()
    {
        var moved = PlanSerializer.Seal(Sealed with
        {
            Source = "other.yaml",
            Compiler = "ironc 9.9.9",
            Steps = [.. Sealed.Steps.Select(step => step with { At = new SourcePosition(step.At.Line + 7, 1) })],
        });

        Assert.Equal(Sealed.PolicyHash, moved.PolicyHash);
        Assert.NotEqual(Sealed.FileHash, moved.FileHash);
    }

    [Fact]
    public void A_plan_without_limits_is_written_as_it_was_before_there_were_any()
    {
        var without = Encoding.UTF8.GetString(PlanSerializer.Write(PlanSerializer.Seal(Sealed with { Limits = null })));

        Assert.Contains("\"limits\":{\"clientConnections\":100,\"idleTimeoutMs\":1000}", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"limits\"", without, StringComparison.Ordinal);
        Assert.Contains("\"formatVersion\":1,", without, StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_policy_changes_both_hashes()
    {
        var warned = PlanSerializer.Seal(Sealed with { Steps = [((AllowlistStepPlan)Sealed.Steps[0]) with { Warn = true }, .. Sealed.Steps[1..]] });

        Assert.NotEqual(Sealed.PolicyHash, warned.PolicyHash);
        Assert.NotEqual(Sealed.FileHash, warned.FileHash);
    }

    [Theory]
    [InlineData("api.github.com", "api.gitlab.com")]
    [InlineData("\"rules\":0", "\"rules\":1")]
    [InlineData("\"source\":\"proxy.yaml\"", "\"source\":\"p.yaml\"")]
    [InlineData("3:5", "3:6")]
    [InlineData("ironc 0.1.0", "ironc 0.1.1")]
    [InlineData("sha256:", "sha256:0")]
    public void A_plan_that_was_changed_by_hand_is_refused(string old, string changed)
    {
        Assert.Contains(old, Text, StringComparison.Ordinal);
        AssertRefused("its file hash does not fit", Text.Replace(old, changed, StringComparison.Ordinal));
    }

    /// <summary>White space, escapes and the order of members change no plan, and every file all the same.</summary>
    [Fact]
    public void The_file_hash_covers_every_byte()
    {
        var bytes = PlanSerializer.Write(PlanSerializer.Seal(TestPlan.Create(TestPlan.EveryStep()[0]) with { Mcp = null }));
        PlanSerializer.Read(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            AssertNoPlan([.. bytes[..i], .. bytes[(i + 1)..]]);
            AssertNoPlan([.. bytes[..i], (byte)(bytes[i] ^ 1), .. bytes[(i + 1)..]]);
            AssertNoPlan([.. bytes[..i], (byte)(bytes[i] ^ 0x20), .. bytes[(i + 1)..]]);
            AssertNoPlan([.. bytes[..i], (byte)' ', .. bytes[i..]]);
            AssertNoPlan([.. bytes[..i], (byte)'\n', .. bytes[i..]]);
            AssertNoPlan([.. bytes[..i], .. Encoding.ASCII.GetBytes($"\\u{bytes[i]:x4}"), .. bytes[(i + 1)..]]);
        }

        AssertNoPlan([.. bytes, (byte)'\n']);
        AssertNoPlan([.. bytes, (byte)' ']);
        AssertNoPlan([0xEF, 0xBB, 0xBF, .. bytes]);
    }

    [Theory]
    [InlineData("3:5", "\\u0033:5")]
    [InlineData("\"formatVersion\":1,", "\"formatVersion\": 1,")]
    [InlineData("sha256:", "\\u0073ha256:")]
    [InlineData("\"fileHash\"", "\"\\u0066ileHash\"")]
    public void Another_spelling_of_the_same_plan_is_refused(string old, string changed) =>
        AssertRefused("its file hash does not fit", Text.Replace(old, changed, StringComparison.Ordinal));

    [Theory]
    [InlineData("2")]
    [InlineData("0")]
    public void Another_format_is_refused_and_both_are_named(string version)
    {
        var message = AssertRefused($"has format {version}", Text.Replace("\"formatVersion\":1", $"\"formatVersion\":{version}", StringComparison.Ordinal));

        Assert.Contains("reads format 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_refused_by_its_number_whatever_else_is_new_in_it() =>
        AssertRefused("has format 7", """{"formatVersion":7,"steps":[{"type":"mcp"}],"future":true}""");

    [Theory]
    [InlineData("""{"type":"allowlist",""", """{"type":"teleport",""", "step 'teleport'")]
    [InlineData("""{"type":"env",""", """{"type":"vault",""", "secret source 'vault'")]
    [InlineData("""{"type":"env",""", "{", "secret source ''")]
    [InlineData("""{"type":"1password_connect",""", """{"type":"keychain",""", "secret source 'keychain'")]
    public void What_this_build_does_not_have_is_named(string old, string changed, string expected)
    {
        Assert.Contains(old, Text, StringComparison.Ordinal);
        AssertRefused(expected, Text.Replace(old, changed, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("listen: :80")]
    [InlineData("{} {}")]
    public void A_file_that_is_not_JSON_is_called_so(string text) => AssertRefused("is not JSON", text);

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"formatVersion":"1"}""")]
    [InlineData("""{"formatVersion":1.5}""")]
    [InlineData("""{"formatVersion":null}""")]
    [InlineData("""{"formatVersion":99999999999}""")]
    public void A_file_that_is_not_a_plan_is_called_so(string text) => AssertRefused("is not a plan", text);

    [Theory]
    [InlineData("""{"formatVersion":1}""")]
    [InlineData("""{"formatVersion":1,"steps":[{"type":"secrets","secrets":[7]}]}""")]
    [InlineData("""{"formatVersion":1,"steps":7}""")]
    [InlineData("""{"formatVersion":1,"upstream":{"proxy":{"password":{"name":"password","source":{"var":"KEY","type":"env"}}}}}""")]
    public void A_plan_with_members_missing_or_of_the_wrong_kind_is_refused(string text) => AssertRefused("cannot be read", text);

    /// <summary>JSON has no objection to them, and no text can hold them.</summary>
    [Theory]
    [InlineData("""{"formatVersion":1,"steps":[{"type":"\ud800"}]}""")]
    [InlineData("""{"formatVersion":1,"steps":[{"type":"allowlist","at":"\ud800"}]}""")]
    [InlineData("""{"formatVersion":1,"steps":[{"type":"secrets","\ud800":7}]}""")]
    [InlineData("{\"formatVersion\":1,\"steps\":[{\"type\":\"\u00ff\"}]}")]
    public void A_plan_with_half_a_character_is_refused(string latin1) => AssertNoPlan(Encoding.Latin1.GetBytes(latin1));

    /// <summary>Values that are kept as JSON were looked at by nobody (found by fuzzing).</summary>
    [Fact]
    public void A_plan_with_half_a_character_in_a_value_of_mcp_is_refused() =>
        AssertRefused("cannot be read", Text.Replace("\"in\":[\"a\"", "\"in\":[\"\\ud800\"", StringComparison.Ordinal));

    [Fact]
    public void Members_that_are_unknown_or_repeated_are_refused()
    {
        AssertRefused("cannot be read", Text.Replace("\"formatVersion\":1,", "\"formatVersion\":1,\"extra\":1,", StringComparison.Ordinal));
        AssertRefused("cannot be read", Text.Replace("\"rules\":0", "\"rules\":0,\"rules\":0", StringComparison.Ordinal));
    }

    private static void AssertNoPlan(byte[] bytes) => Assert.Throws<PlanException>(() => PlanSerializer.Read(bytes));

    private static string AssertRefused(string expected, string text)
    {
        var e = Assert.Throws<PlanException>(() => PlanSerializer.Read(Encoding.UTF8.GetBytes(text)));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        return e.Message;
    }
}
