namespace IronProxy.Pipeline.Transforms;

/// <summary>How a signature covers the body.</summary>
internal enum AwsPayload
{
    /// <summary>By the hash of all of it.</summary>
    Whole,

    /// <summary>Not at all.</summary>
    Unsigned,

    /// <summary>Not at all, and it comes in parts with trailers.</summary>
    UnsignedParts,

    /// <summary>Each of its parts has a signature.</summary>
    SignedParts,

    /// <summary>So have its trailers.</summary>
    SignedPartsAndTrailers,
}
