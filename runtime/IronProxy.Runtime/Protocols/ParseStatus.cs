namespace IronProxy.Runtime.Protocols;

/// <summary>What a parser made of the bytes so far.</summary>
public enum ParseStatus
{
    /// <summary>The bytes are the beginning of something valid. Read more, then ask again from the start.</summary>
    NeedMore,

    /// <summary>The result is complete.</summary>
    Done,

    /// <summary>No continuation makes these bytes valid.</summary>
    Invalid,
}
