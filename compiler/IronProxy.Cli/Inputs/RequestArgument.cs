using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using IronProxy.Compiler.PolicyTests;
using IronProxy.Pipeline.Explaining;

namespace IronProxy.Cli.Inputs;

/// <summary>A request that is asked about, as people write it.</summary>
internal static class RequestArgument
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out AskedRequest? request)
    {
        request = RequestText.TrySplit(text, out var method, out var target) ? new AskedRequest(method, target) : null;
        return request is not null;
    }

    /// <summary>A text that was looked at before.</summary>
    public static AskedRequest Parse(string text) =>
        TryParse(text, out var request) ? request : throw new UnreachableException("The request was validated.");

    /// <summary>A header that was looked at before.</summary>
    public static AskedHeader ParseHeader(string text) =>
        AskedHeader.TryParse(text, out var header) ? header : throw new UnreachableException("The header was validated.");
}
