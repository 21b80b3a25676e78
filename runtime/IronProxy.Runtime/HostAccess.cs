namespace IronProxy.Runtime;

/// <summary>What the runtime may read of the machine it runs on. The executable hands it in.</summary>
/// <param name="ReadVariable">An environment variable, or null when it is not set.</param>
/// <param name="ReadFile">A text file's content; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
/// <param name="OpenFiles">How many files the process may open (RLIMIT_NOFILE): each connection is one.</param>
public sealed record HostAccess(Func<string, string?> ReadVariable, Func<string, string> ReadFile, long OpenFiles)
{
    /// <summary>What the machine is to AWS; null when sources in AWS are not read.</summary>
    public IAwsAccess? Aws { get; init; }

    /// <summary>What the machine is to Google Cloud; null when nothing asks Google with its identity.</summary>
    public IGcpAccess? Gcp { get; init; }

    /// <summary>Runs programs of the machine; null when no source runs one.</summary>
    public IHostCommands? Commands { get; init; }

    /// <summary>Files that outlive the process; null when nothing is kept.</summary>
    public IStateFiles? StateFiles { get; init; }

    /// <summary>Whether the log goes to a terminal that takes colours.</summary>
    public bool OutputHasColor { get; init; }
}
