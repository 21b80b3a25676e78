namespace IronProxy.Cli.AuditLogs;

/// <summary>What policy said to a recorded request.</summary>
internal enum PolicyAnswer
{
    /// <summary>Every allowlist had a rule for it.</summary>
    Allowed,

    /// <summary>An allowlist in warn mode had none, so it was let through and recorded.</summary>
    Warned,

    /// <summary>It was denied.</summary>
    Denied,

    /// <summary>It was refused before policy was asked, so there is no answer to compare with.</summary>
    NotAsked,
}
