using System.Collections.Immutable;
using System.Net;

namespace IronProxy.Runtime.Dns;

/// <summary>Which name servers are asked, and how.</summary>
public sealed record ResolverSettings
{
    /// <summary>The name servers, in the order in which they are asked.</summary>
    public ImmutableArray<IPEndPoint> Servers { get; init; } = [];

    /// <summary>Domains in which names of one label are looked for.</summary>
    public ImmutableArray<string> Search { get; init; } = [];

    /// <summary>Whether names of one label are looked for in <see cref="Search"/> before they are asked as they are.</summary>
    public bool SearchFirst { get; init; } = true;

    /// <summary>How long one server may take to answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>How often each server is asked.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>Whether each question begins with another server.</summary>
    public bool Rotate { get; init; }
}
