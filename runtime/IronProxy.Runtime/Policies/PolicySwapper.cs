using IronProxy.Plan;

namespace IronProxy.Runtime.Policies;

/// <summary>Puts policies in the place of the one that runs, one after the other.</summary>
/// <param name="factory">Makes them.</param>
/// <param name="policies">The policy that runs.</param>
/// <param name="judgeOpen">Judges open tunnels and WebSockets by the policy of the moment.</param>
internal sealed class PolicySwapper(PolicyFactory factory, CurrentPolicy policies, Func<Task> judgeOpen) : IDisposable
{
    private readonly SemaphoreSlim _swapping = new(1);

    /// <summary>Makes the first policy.</summary>
    public async Task StartAsync(ProxyPlan plan) => policies.Swap(await factory.CreateAsync(plan, CancellationToken.None).ConfigureAwait(false));

    /// <summary>Makes the policy of a plan, and then swaps it in.</summary>
    /// <exception cref="RestartRequiredException">It differs in what takes a restart.</exception>
    /// <exception cref="StartupException">It cannot be made; one clear sentence.</exception>
    /// <exception cref="PlanException">The plan does not fit together.</exception>
    public async Task<PolicySwap> SwapAsync(ProxyPlan plan, CancellationToken cancellation)
    {
        await _swapping.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var changed = Placement.Difference(policies.Active.Policy.Plan, factory.Place(plan));
            if (changed.Count > 0)
            {
                throw new RestartRequiredException(changed);
            }

            var before = policies.Swap(await factory.CreateAsync(plan, cancellation).ConfigureAwait(false));
            return new PolicySwap(before?.Ended ?? Task.CompletedTask, judgeOpen());
        }
        finally
        {
            _swapping.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _swapping.Dispose();
}
