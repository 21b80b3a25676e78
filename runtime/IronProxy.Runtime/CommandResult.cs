namespace IronProxy.Runtime;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit status.</param>
/// <param name="Output">What it printed, which may hold a secret.</param>
/// <param name="Error">What it printed to standard error, which may quote one.</param>
public sealed record CommandResult(int ExitCode, string Output, string Error);
