using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>One compiled transform. The names are those of proxy.yaml.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(AllowlistStepPlan), AllowlistStepPlan.TypeName)]
[JsonDerivedType(typeof(SecretsStepPlan), SecretsStepPlan.TypeName)]
[JsonDerivedType(typeof(HeaderAllowlistStepPlan), HeaderAllowlistStepPlan.TypeName)]
[JsonDerivedType(typeof(AnnotateStepPlan), AnnotateStepPlan.TypeName)]
[JsonDerivedType(typeof(BodyCaptureStepPlan), BodyCaptureStepPlan.TypeName)]
[JsonDerivedType(typeof(OauthTokenStepPlan), OauthTokenStepPlan.TypeName)]
[JsonDerivedType(typeof(GcpAuthStepPlan), GcpAuthStepPlan.TypeName)]
[JsonDerivedType(typeof(GcpIdTokenStepPlan), GcpIdTokenStepPlan.TypeName)]
[JsonDerivedType(typeof(AzureAuthStepPlan), AzureAuthStepPlan.TypeName)]
[JsonDerivedType(typeof(GithubAppStepPlan), GithubAppStepPlan.TypeName)]
[JsonDerivedType(typeof(AwsAuthStepPlan), AwsAuthStepPlan.TypeName)]
[JsonDerivedType(typeof(HmacSignStepPlan), HmacSignStepPlan.TypeName)]
[JsonDerivedType(typeof(GrpcStepPlan), GrpcStepPlan.TypeName)]
[JsonDerivedType(typeof(JsonRpcStepPlan), JsonRpcStepPlan.TypeName)]
[JsonDerivedType(typeof(JudgeStepPlan), JudgeStepPlan.TypeName)]
[JsonDerivedType(typeof(GraphqlStepPlan), GraphqlStepPlan.TypeName)]
public abstract record StepPlan
{
    /// <summary>The transform's name in proxy.yaml, in audit records and in denials.</summary>
    [JsonIgnore]
    public abstract string Type { get; }

    /// <summary>Where the transform is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>What messages call the step.</summary>
    [JsonIgnore]
    public virtual string Title => Type;

    /// <summary>Whether the <c>iron-proxy</c> of this version runs the step. One that it does not ends the start.</summary>
    [JsonIgnore]
    public virtual bool IsRun => true;

    /// <summary>How much of a request the step must see.</summary>
    [JsonIgnore]
    public abstract StepNeeds Needs { get; }

    /// <summary>Whether the step decides when only host and port are seen: for a tunnel, and for TLS that is not opened. The others then have nothing to act on.</summary>
    [JsonIgnore]
    public virtual bool DecidesDestinations => false;

    /// <summary>The most that the step does to a request.</summary>
    [JsonIgnore]
    public abstract StepEffect Effect { get; }

    /// <summary>The rule sets that say where the step acts: wherever one of them matches. Null is everywhere.</summary>
    [JsonIgnore]
    public abstract ImmutableArray<int?> ActsOn { get; }

    /// <summary>Where the step reads secrets.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<SecretSourcePlan> Sources => [];

    /// <summary>Variables that the step reads, those of its sources among them.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<VariableUse> Variables => [.. Sources.SelectMany(s => s.Variables)];

    /// <summary>Files that the step reads, those of its sources among them.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<FileUse> Files => [.. Sources.SelectMany(s => s.Files)];

    /// <summary>Files that the step writes, and reads again when the proxy starts anew. Nobody but the proxy may read them.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<FileUse> WrittenFiles => [];

    /// <summary>What the step puts into requests.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<CredentialUse> CredentialUses => [];

    /// <summary>The header names, and expressions over them, that the step looks for.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<HeaderPatternPlan> HeaderPatterns => [];

    /// <summary>Who is shown requests as they are at the step's place, real values among them, and asked about them. Null for all other steps.</summary>
    [JsonIgnore]
    public virtual string? Asks => null;

    /// <summary>URLs of token endpoints that the step answers for.</summary>
    [JsonIgnore]
    public virtual IEnumerable<string> StubbedUrls => [];

    /// <summary>What is asked of the arguments of calls.</summary>
    [JsonIgnore]
    public virtual IEnumerable<ArgumentMatcherPlan> ArgumentMatchers => [];

    /// <summary>Whether the step decides by what the body, or the query, says: one behind it that changes that would send what nobody has judged.</summary>
    [JsonIgnore]
    public virtual bool JudgesBody => false;

    /// <summary>Whether the step answers a request itself, with a stub token.</summary>
    public virtual bool Stubs(CanonicalRequest request) => false;
}

/// <summary>What a step may do to a request, from least to most.</summary>
public enum StepEffect
{
    /// <summary>It is recorded, and goes on as it came.</summary>
    Record,

    /// <summary>It is changed.</summary>
    Change,

    /// <summary>It is refused.</summary>
    Refuse,
}

/// <summary>How much of a request a step must see before it can answer, from least to most.</summary>
public enum StepNeeds
{
    /// <summary>Host and port: the step can answer when a tunnel is opened.</summary>
    Destination,

    /// <summary>Method, path and headers.</summary>
    Head,

    /// <summary>The head, and a bounded prefix of the body observed as it streams past.</summary>
    BodyPrefix,

    /// <summary>The whole body, within the limit.</summary>
    WholeBody,
}
