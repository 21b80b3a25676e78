namespace IronProxy.Cli;

/// <summary>Nobody reads what is printed any more, as behind <c>head</c>. The command ends without a word; the exit status is <see cref="ExitCode.OutputGone"/>.</summary>
internal sealed class OutputGoneException(Exception? inner = null) : Exception("Nobody reads what is printed.", inner);
