using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Nodes;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Explaining;
using IronProxy.Plan;
using IronProxy.Runtime;
using IronProxy.Runtime.Metrics;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Secrets;
using IronProxy.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace IronProxy.Cli.Tests;

/// <summary>A kind of step or source that a plan can name is known everywhere: there is a case with it, a page, an explanation, and code that runs it or says that it cannot.</summary>
public sealed class CompletenessTests
{
    private static readonly Lazy<ImmutableArray<ProxyPlan>> Cases = new(() => [.. CasesOfEachKind()]);

    private static readonly string Page = File.ReadAllText(RepositoryRoot.Combine("docs", "reference", "configuration.md"));

    public static TheoryData<string> Steps => [.. NamesOf<StepPlan>()];

    public static TheoryData<string> Sources => [.. NamesOf<SecretSourcePlan>()];

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_is_run_or_said_to_be_missing(string type)
    {
        var plan = PlanWith(Step(type));
        if (MissingPart.Of(plan).Any(p => p.Name == $"the transform '{type}'"))
        {
            Assert.Throws<UnreachableException>(() => Create(plan));
        }
        else
        {
            Assert.Equal(type, Create(plan with { Steps = [.. plan.Steps.Select(Runnable)] })[^1].Name);
        }
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_is_explained(string type)
    {
        var step = Step(type);
        var explanation = new PolicyExplainer(new PlanPolicy(PlanWith(step))).Explain(new AskedRequest("GET", "https://api.example.com/"), []);

        Assert.Equal(type, explanation.Steps[^1].Step);
        Assert.NotEqual(StepAnswer.NotReached, explanation.Steps[^1].Outcome);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_is_in_the_reference(string type) => Assert.Contains($"\n## Transform {type}\n", Page, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_source_is_opened_or_said_to_be_missing(string type)
    {
        var secret = new SecretPlan { Name = "KEY", Source = Source(type) with { JsonKey = null }, Inject = new InjectPlan { Header = "X-Key" }, At = new SourcePosition(1, 1) };
        var step = new SecretsStepPlan { Secrets = [secret], At = new SourcePosition(1, 1) };
        var isMissing = MissingPart.Of(PlanWith(step)).Any(p => p.Name == $"the secret source '{type}'");

        // Whatever it answers or fails at, it was opened. Nothing is waited for.
        var failure = await Record.ExceptionAsync(async () => await Reader.ReadAsync(secret.Source, "KEY", secret.At, new CancellationToken(canceled: true)));
        Assert.Equal(isMissing, failure is UnreachableException);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_is_explained_by_a_name(string type) => Assert.NotEmpty(Source(type).DisplayName);

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_is_in_the_reference(string type) => Assert.Contains($"\n## Secret source {type}\n", Page, StringComparison.Ordinal);

    private static SecretReader Reader => new(new HostAccess(_ => "a-real-value", _ => "a-real-value", OpenFiles: 1024), NoHttp.Invoker, _ => NoHttp.Invoker);

    private static IEnumerable<string> NamesOf<T>() =>
        typeof(T).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(T)) && !t.IsAbstract).Select(t => (string)t.GetField("TypeName")!.GetValue(null)!).Order(StringComparer.Ordinal); // All have it.

    private static StepPlan Step(string type) =>
        Cases.Value.SelectMany(p => p.Steps).FirstOrDefault(s => s.Type == type) ?? throw new InvalidOperationException($"No case in tests/corpus has a transform {type}.");

    private static SecretSourcePlan Source(string type) =>
        Cases.Value.SelectMany(p => p.Sources).FirstOrDefault(s => s.Type == type) ?? throw new InvalidOperationException($"No case in tests/corpus has a secret source {type}.");

    /// <summary>A plan with a step of one of the cases, behind an allowlist that lets everything through.</summary>
    private static ProxyPlan PlanWith(StepPlan step)
    {
        var plan = Cases.Value.FirstOrDefault(p => p.Steps.Contains(step)) ?? Cases.Value[0];
        var allowlist = new AllowlistStepPlan { Rules = 0, Warn = true, At = new SourcePosition(1, 1) };
        return plan with { Steps = [allowlist, step], Mcp = null };
    }

    /// <summary>The step with sources that the runtime has: whether it has the others is asked of them.</summary>
    private static StepPlan Runnable(StepPlan step) => step switch
    {
        SecretsStepPlan secrets => secrets with { Secrets = [.. secrets.Secrets.Select(s => s with { Source = Readable(s.Source) })] },
        OauthTokenStepPlan oauth => oauth with { Tokens = [.. oauth.Tokens.Select(t => t with { Credentials = Readable(t.Credentials), TokenEndpointHeaders = Readable(t.TokenEndpointHeaders) })] },
        GcpAuthStepPlan { Keyfile: { } key } gcp => gcp with { Keyfile = key with { Source = Readable(key.Source) } },
        GcpIdTokenStepPlan gcp => gcp with { Keyfile = gcp.Keyfile with { Source = Readable(gcp.Keyfile.Source) } },
        JudgeStepPlan judge => judge with { Provider = judge.Provider with { ApiKey = judge.Provider.ApiKey with { Source = Readable(judge.Provider.ApiKey.Source) } } },
        AzureAuthStepPlan { Credential: { } shown } azure => azure with { Credential = shown with { Source = Readable(shown.Source) } },
        GithubAppStepPlan app => app with { PrivateKey = app.PrivateKey with { Source = Readable(app.PrivateKey.Source) } },
        AwsAuthStepPlan aws => aws with { Credentials = Readable(aws.Credentials) },
        _ => step,
    };

    private static ImmutableArray<CredentialPlan> Readable(ImmutableArray<CredentialPlan> credentials) => [.. credentials.Select(c => c with { Source = Readable(c.Source) })];

    private static EnvSourcePlan Readable(SecretSourcePlan source) => new() { Var = "KEY", At = source.At };

    private static IStep[] Create(ProxyPlan plan) =>
        PolicyParts.Create(plan, new StepServices(new SecretStore(Reader, NoHttp.Invoker, new ProxyMetrics(), NullLogger<SecretStore>.Instance, TimeProvider.System), new RotatedTokens(), NoServer.At, NoModel.Of, TimeProvider.System));

    /// <summary>The cases that show some kind first: their plans are looked through as they are written, and compiled only then.</summary>
    private static IEnumerable<ProxyPlan> CasesOfEachKind()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(RepositoryRoot.Combine("tests", "corpus"), "plan.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var before = seen.Count;
            seen.UnionWith(TypesIn(JsonNode.Parse(File.ReadAllText(path))!["steps"]!)); // Every plan has them.
            if (seen.Count > before)
            {
                var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "proxy.yaml"))));
                yield return result.Plan ?? throw new InvalidOperationException($"{path} has a plan, and its proxy.yaml none.");
            }
        }
    }

    private static IEnumerable<string> TypesIn(JsonNode node) => node switch
    {
        JsonObject one => one.SelectMany(m => m is { Key: "type", Value: JsonValue type } ? [type.ToString()] : m.Value is null ? [] : TypesIn(m.Value)),
        JsonArray many => many.OfType<JsonNode>().SelectMany(TypesIn),
        _ => [],
    };
}
