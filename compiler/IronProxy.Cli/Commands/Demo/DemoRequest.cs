using System.Collections.Immutable;

namespace IronProxy.Cli.Commands.Demo;

/// <summary>One request of the quickstart, and what must become of it.</summary>
internal sealed record DemoRequest
{
    public required string Title { get; init; }

    /// <summary>The host that the client asks for.</summary>
    public required string Host { get; init; }

    /// <summary>Path and query.</summary>
    public required string Target { get; init; }

    /// <summary>A header that the client adds.</summary>
    public (string Name, string Value)? Header { get; init; }

    /// <summary>Whether policy lets it through.</summary>
    public required bool Allowed { get; init; }

    /// <summary>The placeholder that is swapped on the way, for which secret, and where. Null when nothing is swapped.</summary>
    public DemoSwap? Swap { get; init; }

    /// <summary>The five requests of the quickstart, in its order.</summary>
    public static ImmutableArray<DemoRequest> Quickstart { get; } =
    [
        new()
        {
            Title = "Allowed request",
            Host = "httpbin.org",
            Target = "/get",
            Allowed = true,
        },
        new()
        {
            Title = "Blocked request",
            Host = "example.com",
            Target = "/",
            Allowed = false,
        },
        new()
        {
            Title = "Secret swap in the Authorization header",
            Host = "httpbin.org",
            Target = "/headers",
            Header = ("Authorization", "Bearer proxy-openai-abc123"),
            Allowed = true,
            Swap = new DemoSwap("OPENAI_API_KEY", "proxy-openai-abc123", "header:Authorization"),
        },
        new()
        {
            Title = "Secret swap in a custom header",
            Host = "httpbin.org",
            Target = "/headers",
            Header = ("X-Internal", "proxy-internal-tok"),
            Allowed = true,
            Swap = new DemoSwap("INTERNAL_TOKEN", "proxy-internal-tok", "header:X-Internal"),
        },
        new()
        {
            Title = "Secret swap in a query parameter",
            Host = "httpbin.org",
            Target = "/get?token=proxy-openai-abc123&q=hello",
            Allowed = true,
            Swap = new DemoSwap("OPENAI_API_KEY", "proxy-openai-abc123", "query"),
        },
    ];
}

/// <summary>A swap that must happen.</summary>
/// <param name="Secret">Name of the secret, as the audit record has it.</param>
/// <param name="Placeholder">What the client sends.</param>
/// <param name="Location">Where, as the audit record has it.</param>
internal sealed record DemoSwap(string Secret, string Placeholder, string Location);
