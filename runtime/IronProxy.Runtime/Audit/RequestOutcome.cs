namespace IronProxy.Runtime.Audit;

/// <summary>What became of a request. The verdict is another thing: a request that was let through can end in many ways.</summary>
public enum RequestOutcome
{
    /// <summary>It was refused, and nothing of it was sent to an upstream.</summary>
    Refused,

    /// <summary>A tunnel or a WebSocket was opened.</summary>
    Opened,

    /// <summary>The upstream's response went to the client, whole.</summary>
    Delivered,

    /// <summary>It was let through, and no usable response came; the client has the reason.</summary>
    UpstreamFailed,

    /// <summary>It was let through, and its body broke off on the way; the client has the reason, the upstream a part.</summary>
    UploadFailed,

    /// <summary>The upstream broke off its response; the client saw the break.</summary>
    CutOff,

    /// <summary>The client went away before it had the whole response.</summary>
    ClientLeft,

    /// <summary>The client stopped taking the response, or took it too slowly, and was let go.</summary>
    ClientStalled,

    /// <summary>TLS that was passed through was broken off, because another policy denies it.</summary>
    Withdrawn,

    /// <summary>Nothing moved for as long as it may, so it was ended.</summary>
    TimedOut,

    /// <summary>The proxy failed.</summary>
    Failed,
}
