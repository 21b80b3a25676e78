using System.Collections;
using System.Reflection;
using System.Text.Json.Serialization;

namespace IronProxy.Plan.Tests;

/// <summary>What records say of themselves is compared with all that is in them, so that what is added to one is not forgotten.</summary>
public sealed class PlanMembersTests
{
    private static readonly ProxyPlan Plan = TestPlan.Create(TestPlan.EveryStep());

    public static TheoryData<string> Steps => [.. TestPlan.EveryStep().Select(s => s.Type)];

    [Fact]
    public void Every_step_and_every_source_is_tried()
    {
        Assert.Equal(KindsOf<StepPlan>(), Plan.Steps.Select(s => s.Type).Order(StringComparer.Ordinal));
        Assert.Equal(KindsOf<SecretSourcePlan>(), Plan.Sources.Select(s => s.Type).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_names_every_source_in_it(string type)
    {
        var step = Step(type);

        Assert.Equal(Inside(step).Select(m => m.Value).OfType<SecretSourcePlan>(), step.Sources);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_names_every_variable_in_it(string type)
    {
        var step = Step(type);

        Assert.Equal(Inside(step).Where(m => m.Name is "Var" || m.Name.EndsWith("Env", StringComparison.Ordinal)).Select(m => m.Value), step.Variables.Select(v => v.Name));
        Assert.All(step.Variables, v => Assert.NotEqual(default, v.At));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_names_every_file_in_it(string type)
    {
        var step = Step(type);

        Assert.Equal(FilesIn(step), step.Files.Select(f => f.Path));
        Assert.All(step.Files, f => Assert.NotEqual(default, f.At));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_names_every_rule_set_in_it(string type)
    {
        var step = Step(type);

        Assert.Equal(Inside(step, nulls: true).Where(m => m.Name == "Rules").Select(m => (int?)m.Value), step.ActsOn);
        Assert.All(step.CredentialUses, u => Assert.Contains(u.Rules, step.ActsOn));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_names_every_pattern_of_headers_in_it(string type)
    {
        var step = Step(type);

        Assert.Equal(Inside(step).Select(m => m.Value).OfType<HeaderPatternPlan>(), step.HeaderPatterns);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Whatever_is_read_by_a_step_that_sets_something_is_named_there(string type)
    {
        var step = Step(type);
        if (step is JudgeStepPlan)
        {
            Assert.Empty(step.CredentialUses); // Its key is for the model alone, and is set on no request.
            return;
        }

        Assert.Equal(step.Sources.Select(s => s.DisplayName).Distinct(), step.CredentialUses.SelectMany(u => u.Names).Except(["workload_identity"]).Distinct());
        Assert.All(step.CredentialUses, u => Assert.Same(step, u.Step));
    }

    [Fact]
    public void A_plan_names_the_variables_and_files_of_its_sections_too()
    {
        Assert.Equal(["GITHUB_TOKEN", "VAULT", "TOKEN", "AZURE_SECRET", "APP_KEY", "T", "H", "T", "KEY", "CI_PASSWORD", "KEY"], Plan.Variables.Select(v => v.Name));
        Assert.Equal(["secrets/key", "ca.pem", "client.pem", "client.key", "secrets/proxy", "corp.pem", "ca.crt", "ca.key", "tunnel.crt", "tunnel.key", "clients.pem"], Plan.Files.Select(f => f.Path));
    }

    [Fact]
    public void The_section_of_upstreams_names_every_source_and_file_in_it()
    {
        Assert.Equal(Inside(Plan.Upstream).Select(m => m.Value).OfType<SecretSourcePlan>(), Plan.Upstream.Sources);
        Assert.Equal(Inside(Plan.Upstream).Where(m => m.Name == "Path").Select(m => m.Value), Plan.Upstream.Files.Select(f => f.Path));
        Assert.All(Plan.Upstream.Files, f => Assert.NotEqual(default, f.At));
    }

    [Fact]
    public void A_client_names_every_source_in_it_and_a_file_without_a_place_its_key()
    {
        var clients = Plan.Clients!.Value;
        Assert.Equal(clients.SelectMany(c => Inside(c)).Select(m => m.Value).OfType<SecretSourcePlan>(), clients.SelectMany(c => c.Sources));
        Assert.Equal(Plan.Steps.SelectMany(s => s.Sources).Concat(Plan.Upstream.Sources).Concat(clients.SelectMany(c => c.Sources)), Plan.Sources);
        Assert.Equal(Inside(Plan.TunnelTls!).Select(m => m.Value), Plan.TunnelTls!.Files.Select(f => f.Path));
        Assert.All(Plan.Files, f => Assert.NotEqual(f.Key is null, f.At == default));
    }

    [Fact]
    public void Certificates_and_addresses_are_no_secrets()
    {
        Assert.Equal(["VAULT", "H"], Plan.Variables.Where(v => !v.IsSecret).Select(v => v.Name));
        Assert.Equal(["ca.pem", "client.pem", "corp.pem", "ca.crt", "tunnel.crt", "clients.pem"], Plan.Files.Where(f => !f.IsSecret).Select(f => f.Path));
    }

    [Fact]
    public void What_the_workload_holds_instead_is_named_with_the_variable()
    {
        var secrets = (SecretsStepPlan)Step(SecretsStepPlan.TypeName);
        var swapped = secrets with { Secrets = [secrets.Secrets[0] with { Inject = null, Replace = secrets.Secrets[1].Replace }] };

        Assert.Equal([("GITHUB_TOKEN", "placeholder-1")], swapped.Variables.Select(v => (v.Name, v.Placeholder)));
    }

    [Fact]
    public void Every_listener_of_every_section_is_listed_once()
    {
        var plan = Plan with { Listeners = new ListenersPlan { Http = new(null, 1), Https = new(null, 2), Tunnel = new(null, 3), Metrics = new(null, 4) } };

        Assert.Equal(
            Inside(plan).Where(m => m.Name != nameof(DnsPlan.UpstreamResolver)).Select(m => m.Value).OfType<ListenAddress>().Order(ByPort),
            plan.AllListeners.Select(l => l.Address!).Order(ByPort)); // All are on.
        Assert.Equal(Enum.GetValues<ListenerRole>(), plan.AllListeners.Select(l => l.Role));
    }

    [Fact]
    public void Listeners_have_the_keys_of_proxy_yaml() => Assert.Equal(
        ["dns.listen", "proxy.http_listen", "proxy.https_listen", "proxy.tunnel_listen", "metrics.listen", "management.listen"],
        Plan.AllListeners.Select(l => l.Role.Key()));

    private static Comparer<ListenAddress> ByPort => Comparer<ListenAddress>.Create((a, b) => a.Port.CompareTo(b.Port));

    private static StepPlan Step(string type) => Plan.Steps.Single(s => s.Type == type);

    private static IEnumerable<string> KindsOf<T>() =>
        typeof(T).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(T)) && !t.IsAbstract).Select(t => (string)t.GetField("TypeName")!.GetValue(null)!).Order(StringComparer.Ordinal); // All have it.

    private static IEnumerable<object?> FilesIn(StepPlan step) => Inside(step)
        .Where(m => (m.Owner, m.Name) is (FileSourcePlan, nameof(FileSourcePlan.Path)) or (GrpcTlsPlan, _))
        .Select(m => m.Value);

    /// <summary>Every member that is written to a plan, in its order, however deep.</summary>
    private static IEnumerable<(object Owner, string Name, object? Value)> Inside(object owner, bool nulls = false)
    {
        foreach (var property in owner.GetType().GetProperties().Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is null))
        {
            var value = property.GetValue(owner);
            if (value is null)
            {
                if (nulls)
                {
                    yield return (owner, property.Name, null);
                }

                continue;
            }

            var several = value is IEnumerable and not string;
            foreach (var item in several ? ((IEnumerable)value).Cast<object>() : [value])
            {
                yield return (owner, property.Name, item);
                if (item.GetType().Namespace == typeof(ProxyPlan).Namespace && item.GetType().IsClass)
                {
                    foreach (var inner in Inside(item, nulls))
                    {
                        yield return inner;
                    }
                }
            }
        }
    }
}
