using System.Net;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>Hosts, given by a pattern or a network, and what is asked of the requests to them.</summary>
/// <param name="Host">The host pattern. Null when <paramref name="Network"/> is set.</param>
/// <param name="Network">A network of literal addresses. Null when <paramref name="Host"/> is set.</param>
/// <param name="When">What is asked of the request.</param>
public sealed record RequestRule(HostPattern? Host, IPNetwork? Network, RequestBox When)
{
    /// <summary>Every request to every host.</summary>
    public static RequestRule Everything { get; } = new(HostPattern.Parse("*"), null, RequestBox.Everything);
}
