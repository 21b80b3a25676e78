using IronProxy.Plan;

namespace IronProxy.Runtime.Management;

/// <summary>Where the policy of a process comes from, so that it can be read again, and who is told when that happens.</summary>
/// <param name="Option">What the process was started with, such as <c>-plan</c>.</param>
/// <param name="Name">The file or object that was named.</param>
/// <param name="ReadAsync">
/// Reads the policy as it is now. What is wrong is a <see cref="StartupException"/> or a <see cref="PlanException"/>: one clear sentence without a secret.
/// </param>
public sealed record PolicySource(string Option, string Name, Func<CancellationToken, Task<ReadPolicy>> ReadAsync)
{
    /// <summary>Is told when a reload begins.</summary>
    public Action ReloadBegins { get; init; } = static () => { };

    /// <summary>Is told what became of a reload.</summary>
    public Action<ReloadResult> ReloadEnded { get; init; } = static _ => { };
}
