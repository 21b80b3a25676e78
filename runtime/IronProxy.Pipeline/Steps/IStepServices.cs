using System.Collections.Immutable;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>
/// What steps are given from outside. The runtime reads real secrets; <c>ironc explain</c> has none, and puts something else in their place. It is asked
/// while a policy is made, and what it gives ends with the policy.
/// </summary>
public interface IStepServices
{
    /// <summary>The clock.</summary>
    TimeProvider Time { get; }

    /// <summary>Refresh tokens that came in the place of others. They outlive the policy.</summary>
    RotatedTokens RotatedTokens { get; }

    /// <summary>An entry of <c>secrets</c>. Its value is read before the policy starts.</summary>
    ILive<Secret> Secret(SecretPlan plan);

    /// <summary>A credential of a step. Its value is read before the policy starts.</summary>
    /// <param name="plan">The credential.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="findProblem">
    /// Looks at a real value before it is used: why it cannot be, as the end of a sentence about it that does not repeat it; null when it can. A value with a problem ends the
    /// start, and is not used in the place of an earlier one.
    /// </param>
    ILive<SecretValue> Credential(CredentialPlan plan, StepPlan step, Func<SecretValue, string?> findProblem);

    /// <summary>A token that is made of credentials when it is first needed, once for all who wait for it, and made again before it ends.</summary>
    /// <param name="name">What logs and the status call it.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="at">Where it is written.</param>
    /// <param name="mint">
    /// Makes one. It is given a way to what the operator has named, which the denied networks do not bind and which follows no redirects, and ends with a
    /// <see cref="MintingFailedException"/> or a <see cref="SecretUnavailableException"/> when it cannot.
    /// </param>
    ILive<SecretValue> Token(string name, StepPlan step, SourcePosition at, Func<HttpMessageInvoker, CancellationToken, Task<MintedToken>> mint);

    /// <summary>A variable of the proxy's environment, by which its machine says what it is. Null when it is not set, and where nothing is asked.</summary>
    string? MachineVariable(string name);

    /// <summary>A file in which rotated refresh tokens outlive the process. It is checked before the policy starts.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="step">Whose it is.</param>
    /// <param name="at">Where it is written.</param>
    /// <returns>Null where nothing is minted.</returns>
    IStateFile? StateFile(string path, StepPlan step, SourcePosition at);

    /// <summary>An access token that the machine itself gets from Google, as Google's libraries find one (Application Default Credentials). It is asked for when it is first needed.</summary>
    /// <param name="step">Whose it is.</param>
    /// <param name="scopes">What it is for.</param>
    ILive<SecretValue> GcpIdentity(StepPlan step, ImmutableArray<string> scopes);

    /// <summary>The credentials that the machine itself has with AWS, as AWS SDKs find them. They are asked for when they are first needed, and again before they end.</summary>
    /// <param name="provider">Which.</param>
    /// <param name="step">Whose they are.</param>
    ILive<AwsKeys> AwsIdentity(AwsProviderPlan provider, StepPlan step);

    /// <summary>A server that is asked about requests and responses. It is disposed by who asked for it.</summary>
    /// <returns>Null where nobody is asked.</returns>
    ITransformServer? TransformServer(TransformServerAddress address);

    /// <summary>A language model that is asked about requests.</summary>
    /// <param name="provider">Which.</param>
    /// <param name="key">The key that it is asked with.</param>
    /// <returns>Null where nobody is asked.</returns>
    ILanguageModel? LanguageModel(JudgeProviderPlan provider, ILive<SecretValue> key);
}
