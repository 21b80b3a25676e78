using System.Collections.Immutable;
using IronProxy.Pipeline.Scrubbing;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Explaining;

/// <summary>What steps are given where no real value is known.</summary>
internal sealed class HiddenServices : IStepServices
{
    private static readonly string HiddenToken = new(ExplainedRequest.Hidden[0], ScrubbedValue.MinBytes);

    public static HiddenServices Instance { get; } = new();

    public TimeProvider Time => TimeProvider.System;

    /// <summary>None: nothing is minted.</summary>
    public RotatedTokens RotatedTokens { get; } = new();

    public ILive<Secret> Secret(SecretPlan plan) => new Secret(plan, new SecretValue(ExplainedRequest.Hidden));

    /// <summary>Empty, which is a value in every encoding: what is made of it is told by names, and never shown.</summary>
    public ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem) => new Unknown("");

    /// <summary>Never minted: nothing is asked while a request is explained. It is as long as one that can be looked for in responses.</summary>
    public ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint) => new Unknown(HiddenToken);

    /// <summary>None: nothing is asked of a machine.</summary>
    public string? MachineVariable(string name) => null;

    /// <summary>None: nothing is minted.</summary>
    public IStateFile? StateFile(string path, StepPlan step, SourcePosition at) => null;

    /// <summary>Never asked for, as those that are made of credentials.</summary>
    public ILive<SecretValue> GcpIdentity(StepPlan step, ImmutableArray<string> scopes) => new Unknown(HiddenToken);

    /// <summary>Empty ones, with a session token, as those of machines have.</summary>
    public ILive<AwsKeys> AwsIdentity(AwsProviderPlan provider, StepPlan step) => new Unknown("");

    /// <summary>None: nobody is asked while a request is explained.</summary>
    public ITransformServer? TransformServer(TransformServerAddress address) => null;

    /// <summary>None, either.</summary>
    public ILanguageModel? LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key) => null;

    private sealed class Unknown(string value) : ILive<SecretValue>, ILive<AwsKeys>
    {
        public ValueTask<SecretValue> GetAsync(CancellationToken cancellation) => new(new SecretValue(value));

        ValueTask<AwsKeys> ILive<AwsKeys>.GetAsync(CancellationToken cancellation) => new(new AwsKeys(new SecretValue(""), new SecretValue(""), new SecretValue("")));
    }
}
