using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Pipeline.Tests;

/// <summary>Policies of a few lines, and requests that they decide.</summary>
internal static class Policies
{
    public static PlanPolicy Compile(string yaml)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", yaml));
        Assert.True(result.Plan is not null, string.Join('\n', result.Diagnostics));
        return new PlanPolicy(result.Plan);
    }

    public static RequestContext Request(
        PlanPolicy policy, string url, (string Name, string Value)[]? headers = null, RequestBody? body = null, string method = "POST", bool http2 = false)
    {
        Assert.Null(CanonicalRequest.TryCreateFromUrl(method, url, out var request));
        return new RequestContext(policy, request, new ScriptedHeaders(http2, headers ?? []), body ?? new ScriptedBody(null), new DecisionRecord());
    }
}
