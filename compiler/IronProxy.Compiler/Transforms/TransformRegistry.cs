using System.Collections.Immutable;
using IronProxy.Compiler.Transforms.Allowlist;
using IronProxy.Compiler.Transforms.Annotate;
using IronProxy.Compiler.Transforms.AwsAuth;
using IronProxy.Compiler.Transforms.AzureAuth;
using IronProxy.Compiler.Transforms.BodyCapture;
using IronProxy.Compiler.Transforms.GcpAuth;
using IronProxy.Compiler.Transforms.GcpIdToken;
using IronProxy.Compiler.Transforms.GithubApp;
using IronProxy.Compiler.Transforms.Graphql;
using IronProxy.Compiler.Transforms.Grpc;
using IronProxy.Compiler.Transforms.HeaderAllowlist;
using IronProxy.Compiler.Transforms.HmacSign;
using IronProxy.Compiler.Transforms.JsonRpc;
using IronProxy.Compiler.Transforms.Judge;
using IronProxy.Compiler.Transforms.OauthToken;
using IronProxy.Compiler.Transforms.Secrets;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms;

/// <summary>
/// The transforms. Steps run in the order of the file; the order here is the one in which the pages recommend them and
/// messages list them: first what decides, then what observes, then what changes, then what strips the rest.
/// </summary>
internal static class TransformRegistry
{
    /// <summary>All transforms.</summary>
    public static readonly ImmutableArray<TransformKind> All =
    [
        TransformKind.For<AllowlistConfig>(AllowlistStepPlan.TypeName, AllowlistValidator.Validate, AllowlistLowering.Lower),
        TransformKind.For<JudgeConfig>(JudgeStepPlan.TypeName, JudgeValidator.Validate, JudgeLowering.Lower),
        TransformKind.For<GrpcConfig>(GrpcStepPlan.TypeName, GrpcValidator.Validate, GrpcLowering.Lower, GrpcValidator.CheckFiles),
        TransformKind.For<AnnotateConfig>(AnnotateStepPlan.TypeName, AnnotateValidator.Validate, AnnotateLowering.Lower),
        TransformKind.For<BodyCaptureConfig>(BodyCaptureStepPlan.TypeName, BodyCaptureValidator.Validate, BodyCaptureLowering.Lower),
        TransformKind.For<SecretsConfig>(SecretsStepPlan.TypeName, SecretsValidator.Validate, SecretsLowering.Lower),
        TransformKind.For<OauthTokenConfig>(OauthTokenStepPlan.TypeName, OauthTokenValidator.Validate, OauthTokenLowering.Lower),
        TransformKind.For<GcpAuthConfig>(GcpAuthStepPlan.TypeName, GcpAuthValidator.Validate, GcpAuthLowering.Lower, GcpAuthValidator.CheckFiles),
        TransformKind.For<GcpIdTokenConfig>(GcpIdTokenStepPlan.TypeName, GcpIdTokenValidator.Validate, GcpIdTokenLowering.Lower, GcpIdTokenValidator.CheckFiles),
        TransformKind.For<AzureAuthConfig>(AzureAuthStepPlan.TypeName, AzureAuthValidator.Validate, AzureAuthLowering.Lower),
        TransformKind.For<GithubAppConfig>(GithubAppStepPlan.TypeName, GithubAppValidator.Validate, GithubAppLowering.Lower),
        TransformKind.For<AwsAuthConfig>(AwsAuthStepPlan.TypeName, AwsAuthValidator.Validate, AwsAuthLowering.Lower),
        TransformKind.For<HmacSignConfig>(HmacSignStepPlan.TypeName, HmacSignValidator.Validate, HmacSignLowering.Lower),
        TransformKind.For<JsonRpcConfig>(JsonRpcStepPlan.TypeName, JsonRpcValidator.Validate, JsonRpcLowering.Lower),
        TransformKind.For<GraphqlConfig>(GraphqlStepPlan.TypeName, GraphqlValidator.Validate, GraphqlLowering.Lower),
        TransformKind.For<HeaderAllowlistConfig>(HeaderAllowlistStepPlan.TypeName, HeaderAllowlistValidator.Validate, HeaderAllowlistLowering.Lower),
    ];

    /// <summary>The transform with a name, or null.</summary>
    public static TransformKind? Find(string name) => All.FirstOrDefault(t => t.Name == name);
}
