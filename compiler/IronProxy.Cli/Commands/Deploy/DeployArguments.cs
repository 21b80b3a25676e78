namespace IronProxy.Cli.Commands.Deploy;

/// <summary>What to do with the files of a deployment.</summary>
internal enum DeployAction
{
    /// <summary>Write them.</summary>
    Write,

    /// <summary>Compare them with the folder.</summary>
    Check,

    /// <summary>Write them, and let the target's tool preview.</summary>
    Preview,

    /// <summary>Write them, and let the target's tool apply.</summary>
    Apply,

    /// <summary>Let the target's tool remove.</summary>
    Destroy,
}

/// <summary>What the command line says.</summary>
internal sealed record DeployArguments(
    string Policy, string Target, string? Output, IReadOnlyList<string> Set, string? OptionsFile, bool Force, DeployAction Action);
