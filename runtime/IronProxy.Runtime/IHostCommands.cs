namespace IronProxy.Runtime;

/// <summary>Runs programs of the machine. The executable hands it in.</summary>
public interface IHostCommands
{
    /// <summary>Runs a program to its end. Its input is empty.</summary>
    /// <param name="name">Its name, which is looked up in PATH.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="environment">All that it sees of the environment.</param>
    /// <param name="maxOutput">The most bytes that are kept of what it prints to each of its outputs; more end it.</param>
    /// <param name="cancellation">Ends it, and all that it has started.</param>
    /// <returns>What it printed; null when no folder of PATH has it.</returns>
    /// <exception cref="IOException">It cannot be started, printed more, or took too long.</exception>
    Task<CommandResult?> RunAsync(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, int maxOutput, CancellationToken cancellation);
}
