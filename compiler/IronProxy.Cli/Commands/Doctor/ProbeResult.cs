namespace IronProxy.Cli.Commands.Doctor;

/// <summary>What came of one attempt.</summary>
internal enum ProbeResult
{
    /// <summary>It did not work, as it should be; or the proxy stepped in and refused.</summary>
    Closed,

    /// <summary>What must work does.</summary>
    Works,

    /// <summary>It worked, and must not.</summary>
    Hole,

    /// <summary>What must work does not, or the question could not be answered.</summary>
    Broken,

    /// <summary>Worth a look, and no hole by itself.</summary>
    Note,

    /// <summary>Not tried, for a reason that the detail gives.</summary>
    Skipped,
}
