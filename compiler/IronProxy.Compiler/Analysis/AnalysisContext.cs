using System.Collections.Immutable;
using IronProxy.Compiler.Analysis.Lookup;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Transforms;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis;

/// <summary>What warnings look at: the file with its places, the plan, and lookups that are made when one asks for them.</summary>
internal sealed class AnalysisContext
{
    private readonly DiagnosticBag _bag;
    private readonly Lazy<PositionIndex> _positions;
    private readonly Lazy<RuleRelations> _relations;
    private readonly Lazy<ImmutableArray<CredentialUse>> _credentials;
    private readonly Dictionary<int, RuleLookup> _lookups = [];

    public AnalysisContext(ProxyFileConfig file, ProxyPlan plan, DiagnosticBag bag, CompilerEnvironment? environment)
    {
        (File, Plan, Environment, _bag) = (file, plan, environment, bag);
        Allowlists = [.. plan.Steps.OfType<AllowlistStepPlan>().Where(a => !a.Warn)];
        _positions = new(() => new PositionIndex(file));
        _relations = new(() => new RuleRelations(plan.Matching));
        _credentials = new(() => [.. plan.CredentialUses]);
    }

    /// <summary>What the user wrote.</summary>
    public ProxyFileConfig File { get; }

    /// <summary>What the compiler made of it.</summary>
    public ProxyPlan Plan { get; }

    /// <summary>What may be seen of this machine. Null when the policy alone is looked at.</summary>
    public CompilerEnvironment? Environment { get; }

    /// <summary>The allowlists that deny. One with <c>warn: true</c> lets everything through.</summary>
    public ImmutableArray<AllowlistStepPlan> Allowlists { get; }

    /// <summary>Whether TLS is passed through unopened.</summary>
    public bool TlsStaysClosed => Plan.Tls.Mode == TlsMode.SniOnly;

    /// <summary>The rule sets of the plan.</summary>
    public ImmutableArray<RuleSetPlan> RuleSets => Plan.Matching.Rules;

    /// <summary>How rules relate to each other.</summary>
    public RuleRelations Relations => _relations.Value;

    /// <summary>Every credential that is put into requests, in the order of the file.</summary>
    public ImmutableArray<CredentialUse> Credentials => _credentials.Value;

    /// <summary>Finds rules of a set by the hosts that they name.</summary>
    public RuleLookup Lookup(int set)
    {
        if (!_lookups.TryGetValue(set, out var lookup))
        {
            _lookups[set] = lookup = new RuleLookup(Relations, RuleSets[set].Items);
        }

        return lookup;
    }

    /// <summary>Whether some request could match a rule of both sets. Null is the set that every request matches. Errs towards yes.</summary>
    public bool MayMeet(int? one, int? other) =>
        one is not { } a || other is not { } b || RuleSets[a].Items.Any(rule => Lookup(b).MayMeet(rule));

    /// <summary>Whether some request to a host could match a rule that names it; <c>*</c> and all networks name nothing.</summary>
    public bool Names(int set, CanonicalHost host) => Lookup(set).Matching(host).Any(rule => !Relations.IsEverything(RuleSets[set].Items[rule]));

    /// <summary>Whether every allowlist that denies has a rule for a host.</summary>
    public bool Allows(CanonicalHost host) => Allowlists.All(a => Lookup(a.Rules).Matching(host).Any());

    /// <summary>The settings of a step, as they are written.</summary>
    public YamlMapping ConfigOf(StepPlan step) => Transforms[Plan.Steps.IndexOf(step)].EffectiveConfig;

    /// <summary>The place of a key of a secret's replace block, in either form; that of the entry when the key is absent.</summary>
    public SourceSpan PlaceInSecret(CredentialUse credential, string key)
    {
        var step = (SecretsStepPlan)credential.Step;
        var index = step.Secrets.TakeWhile(s => s.At != credential.At).Count();
        if (ConfigOf(step).TryGet("secrets", out var secrets) && ((YamlSequence)secrets.Value).Items[index] is YamlMapping entry)
        {
            return PlaceOf(entry.TryGet("replace", out var replace) && replace.Value is YamlMapping block ? block : entry, key);
        }

        return Place(credential.At);
    }

    /// <summary>The place of what a plan names by line and column.</summary>
    public SourceSpan Place(SourcePosition position) => _positions.Value.Find(position);

    /// <summary>The place of a key, or else of what holds it.</summary>
    public static SourceSpan PlaceOf(YamlMapping mapping, string key) => mapping.TryGet(key, out var entry) ? entry.Key.Span : mapping.Span;

    /// <summary>Adds a finding.</summary>
    public void Report(PolicyWarning warning, SourceSpan span, string message, string hint) =>
        _bag.Add(warning.Code, warning.Severity, span, message, hint);

    /// <summary>Adds a finding at what a plan names by line and column.</summary>
    public void Report(PolicyWarning warning, SourcePosition position, string message, string hint) =>
        Report(warning, Place(position), message, hint);

    // Steps and transforms are in one order, and a file without errors has a step for each transform.
    private IReadOnlyList<TransformConfig> Transforms => File.Transforms!.Items;
}
