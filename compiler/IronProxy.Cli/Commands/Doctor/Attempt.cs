namespace IronProxy.Cli.Commands.Doctor;

/// <summary>One thing to try. Attempts of all checks run side by side, so none may rely on another.</summary>
/// <param name="Target">What is tried, in a few words: an address and port, a file, a variable.</param>
/// <param name="TryAsync">Tries it.</param>
internal sealed record Attempt(string Target, Func<CancellationToken, Task<Outcome>> TryAsync)
{
    /// <summary>An attempt that needs no waiting.</summary>
    public static Attempt Of(string target, Func<Outcome> look) => new(target, _ => Task.Run(look));
}

/// <summary>What came of an attempt.</summary>
/// <param name="Check">The check's id.</param>
/// <param name="Target">What was tried.</param>
/// <param name="Outcome">What came of it.</param>
internal sealed record AttemptResult(string Check, string Target, Outcome Outcome);
