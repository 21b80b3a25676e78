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
[JsonDerivedType(typeof(AwsAuthStepPlan), AwsAuthStepPlan.TypeName)]
[JsonDerivedType(typeof(HmacSignStepPlan), HmacSignStepPlan.TypeName)]
[JsonDerivedType(typeof(GrpcStepPlan), GrpcStepPlan.TypeName)]
[JsonDerivedType(typeof(JudgeStepPlan), JudgeStepPlan.TypeName)]
public abstract record StepPlan
{
    /// <summary>The transform's name in proxy.yaml, in audit records and in denials.</summary>
    [JsonIgnore]
    public abstract string Type { get; }

    /// <summary>Where the transform is written.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>How much of a request the step must see.</summary>
    [JsonIgnore]
    public abstract StepNeeds Needs { get; }
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
