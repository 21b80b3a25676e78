using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using IronProxy.Compiler.PolicyTests;

namespace IronProxy.Cli.Explaining;

/// <summary>The request that the user asks about, as it was typed.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">A URL, or <c>host:port</c> for a tunnel.</param>
internal sealed record AskedRequest(string Method, string Target)
{
    /// <summary>Whether a tunnel is asked for.</summary>
    public bool IsTunnel => Method == "CONNECT";

    public static bool TryParse(string? text, [NotNullWhen(true)] out AskedRequest? request)
    {
        request = RequestText.TrySplit(text, out var method, out var target) ? new AskedRequest(method, target) : null;
        return request is not null;
    }

    public static AskedRequest Parse(string text) =>
        TryParse(text, out var request) ? request : throw new UnreachableException("The command line was validated.");
}
