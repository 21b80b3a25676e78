using System.Collections.Immutable;

namespace IronProxy.EndToEnd.Tests.Echo;

/// <summary>One file of tests/e2e/echo: how an upstream says what it was sent, and what of it may reach the workload. README.md there describes the members.</summary>
internal sealed record EchoCase
{
    /// <summary><c>category/name</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What answers like that.</summary>
    public required string Why { get; init; }

    /// <summary>scrubbed, strict or injected: the entry of the policy that the host is in the scope of.</summary>
    public required string Host { get; init; }

    public required string Method { get; init; }

    /// <summary>Whether the client speaks HTTP/2.</summary>
    public required bool Http2 { get; init; }

    public required EchoAnswer Answer { get; init; }

    public required EchoExpectation Expect { get; init; }

    public string Category => Name[..Name.IndexOf('/', StringComparison.Ordinal)];
}

/// <summary>What the upstream answers. In its texts <c>${base64:user:@}</c> is <c>user:</c> and the real value in base64.</summary>
internal sealed record EchoAnswer
{
    public required int Status { get; init; }

    public required ImmutableArray<string> Head { get; init; }

    public required string Body { get; init; }

    /// <summary>The codings of the body, in the order in which they are applied.</summary>
    public required ImmutableArray<string> Codings { get; init; }

    /// <summary>The text is UTF-16.</summary>
    public required bool Utf16 { get; init; }

    /// <summary>How many bytes a chunk has; null for a body with a length.</summary>
    public required int? Chunk { get; init; }

    public required ImmutableArray<string> Trailers { get; init; }
}

/// <summary>What the workload must see, and the audit record say.</summary>
internal sealed record EchoExpectation
{
    public required int Status { get; init; }

    /// <summary>Reason code of a refusal.</summary>
    public string? Reason { get; init; }

    /// <summary>The whole body; null when it is not text that a file could hold.</summary>
    public string? Body { get; init; }

    /// <summary>Lines of head or trailers that there are.</summary>
    public required ImmutableArray<string> Has { get; init; }

    /// <summary>Names of lines that there are not.</summary>
    public required ImmutableArray<string> HasNot { get; init; }

    /// <summary>Where the value was found, as in the record.</summary>
    public required ImmutableArray<string> Scrubbed { get; init; }

    /// <summary>What the record says could not be searched.</summary>
    public string? Unscrubbed { get; init; }
}
