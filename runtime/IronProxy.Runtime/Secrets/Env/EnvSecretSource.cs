using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.Env;

/// <summary>Reads a secret from an environment variable.</summary>
internal sealed class EnvSecretSource(EnvSourcePlan plan, HostAccess host) : ISecretSource
{
    public ValueTask<string> ReadAsync(CancellationToken cancellation) => host.ReadVariable(plan.Var) is { Length: > 0 } value
        ? new(value)
        : throw new StartupException($"The secret of line {plan.At.Line} is missing: the environment variable {plan.Var} is not set.");
}
