using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>One file of tests/e2e/bypass: an attack, byte by byte, and what must become of it. README.md there describes the members.</summary>
internal sealed record BypassCase
{
    /// <summary><c>category/name</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The attack, and the RFC or product that makes it real.</summary>
    public required string Why { get; init; }

    /// <summary>http, https, tunnel or dns.</summary>
    public required string Listener { get; init; }

    /// <summary>Name of a file in tests/e2e/bypass/policies.</summary>
    public required string Policy { get; init; }

    /// <summary>The check of the proxy that the case guards, when it is one that can be switched off.</summary>
    public Check? Check { get; init; }

    public required ImmutableArray<BypassStep> Send { get; init; }

    public required BypassExpectation Expect { get; init; }

    /// <summary>What the upstream may have seen; null for nothing at all.</summary>
    public UpstreamExpectation? Upstream { get; init; }

    /// <summary>The names that the upstream resolver must have been asked; null when that does not matter.</summary>
    public ImmutableArray<string>? Resolver { get; init; }

    /// <summary>The members of each audit record that there must be, in order; there may be no other record.</summary>
    public required ImmutableArray<ImmutableArray<(string Member, string Value)>> Audit { get; init; }

    public string Category => Name[..Name.IndexOf('/', StringComparison.Ordinal)];
}

/// <summary>What the client does next.</summary>
/// <param name="Kind">send, hex, wait, connect, socks, proxy_tls, tls, hello, h2, frames, content or ask.</param>
/// <param name="Text">Its main value.</param>
/// <param name="Options">Its other values.</param>
internal sealed record BypassStep(string Kind, string Text, ImmutableArray<(string Name, string Value)> Options)
{
    public string? Option(string name) => Options.Where(o => o.Name == name).Select(o => o.Value).FirstOrDefault();

    public bool Flag(string name) => Option(name) == "true";

    public IEnumerable<string> All(string name) => Options.Where(o => o.Name == name).Select(o => o.Value);
}

/// <summary>What the client must see.</summary>
internal sealed record BypassExpectation
{
    public int? Status { get; init; }

    public string? Reason { get; init; }

    /// <summary>Texts that the body has.</summary>
    public ImmutableArray<string> Has { get; init; } = [];

    /// <summary>Texts that it has not.</summary>
    public ImmutableArray<string> HasNot { get; init; } = [];

    /// <summary>Whether the connection must end, without another byte, behind the answer or instead of one.</summary>
    public bool Closed { get; init; }

    /// <summary>Exact bytes.</summary>
    public string? Reply { get; init; }

    /// <summary>answered, or refused: whether the TLS handshake goes on.</summary>
    public string? Tls { get; init; }

    public string? Rcode { get; init; }

    public ImmutableArray<string>? Answers { get; init; }
}

/// <summary>What the upstream must have received.</summary>
internal sealed record UpstreamExpectation
{
    /// <summary>Exact request line; null when it may have seen nothing as well.</summary>
    public string? Line { get; init; }

    public ImmutableArray<string> Has { get; init; } = [];

    public ImmutableArray<string> HasNot { get; init; } = [];

    /// <summary>Exact body, or null.</summary>
    public string? Body { get; init; }
}
