namespace IronProxy.Cli.Commands.Replay;

/// <summary>How the answer to a request changes.</summary>
internal enum ReplayChange
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It was allowed, and no rule allows it now.</summary>
    NewlyDenied,

    /// <summary>No rule allowed it, warn mode let it through, and now it is denied.</summary>
    NowEnforced,

    /// <summary>No rule allowed it, and one does now.</summary>
    NewlyAllowed,

    /// <summary>It was denied, and now it is let through with a warning.</summary>
    NowWarned,

    /// <summary>It is denied as before, for another reason.</summary>
    OtherReason,
}
