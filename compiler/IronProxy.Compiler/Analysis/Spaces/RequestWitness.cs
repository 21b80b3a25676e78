using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>One concrete request that shows a difference.</summary>
/// <param name="Method">The method.</param>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
/// <param name="Path">The path.</param>
public sealed record RequestWitness(string Method, string Scheme, CanonicalHost Host, int Port, string Path)
{
    /// <summary>Name of the client that it comes from. Null for somebody who is not known.</summary>
    public string? Client { get; init; }

    /// <summary>The request's URL; the port is written when it is not the scheme's.</summary>
    public string Url => Port == CanonicalRequest.DefaultPort(Scheme)
        ? $"{Scheme}://{Host.UriText}{Path}"
        : $"{Scheme}://{Host.UriText}:{Port}{Path}";

    /// <summary>What <c>ironc explain --request</c> takes.</summary>
    public override string ToString() => $"{Method} {Url}";
}
