namespace IronProxy.Runtime.Policies;

/// <summary>The right to work with a policy until it is disposed. It is given back once.</summary>
/// <param name="active">The policy.</param>
internal readonly struct PolicyLease(ActivePolicy active) : IDisposable
{
    /// <summary>The policy.</summary>
    public ActivePolicy Active { get; } = active;

    /// <inheritdoc />
    public void Dispose() => Active.Leave();
}
