using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Plan;

namespace IronProxy.Cli.Tests;

/// <summary>A language model that is not asked.</summary>
internal sealed class NoModel(JudgeProviderPlan provider) : ILanguageModel
{
    public static ILanguageModel Of(JudgeProviderPlan provider, ILive<SecretValue> key) => new NoModel(provider);

    public Task<ModelAnswer> AskAsync(ModelQuestion question, CancellationToken cancellation) => throw new InvalidOperationException($"{provider} was asked.");
}
