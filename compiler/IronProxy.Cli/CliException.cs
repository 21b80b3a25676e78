namespace IronProxy.Cli;

/// <summary>
/// Something outside of this program is not as the command needs it: a file that cannot be read, an executable that is
/// missing. The message is one sentence for the user; the exit status is <see cref="ExitCode.Findings"/>.
/// </summary>
internal sealed class CliException(string message, Exception? inner = null) : Exception(message, inner);
