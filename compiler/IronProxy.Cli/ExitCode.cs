namespace IronProxy.Cli;

/// <summary>What an exit status says. The same four hold for iron-proxy.</summary>
internal static class ExitCode
{
    /// <summary>All is well; there may be warnings.</summary>
    public const int Ok = 0;

    /// <summary>There are findings, the answer is no, or something that was named cannot be read or written.</summary>
    public const int Findings = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>A fault of this program.</summary>
    public const int Internal = 70;

    /// <summary>Stopped by Ctrl-C or a signal: 128 and the number of SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>Nobody reads what is printed any more: 128 and the number of SIGPIPE, which other programs end of.</summary>
    public const int OutputGone = 141;
}
