using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads URLs of services that the proxy itself asks, with credentials.</summary>
internal static class UrlText
{
    private const string McpExample = "https://, the host and the path, such as https://mcp.example.com/mcp";

    /// <summary>The URL as it is written, or null; the bag says why.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="bag">Where errors go.</param>
    /// <param name="example">One that would do.</param>
    public static string? Parse(Located<string> text, DiagnosticBag bag, string example = "https://login.example.com/oauth2/token")
    {
        if (Read(text, bag, $"the whole URL, such as {example}") is not { } request)
        {
            return null;
        }

        if (request.Scheme != "https" && !request.Host.IsLoopback)
        {
            bag.UrlWithoutTls(text.Span);
        }

        return text.Value;
    }

    /// <summary>The URL that requests of workloads are sent to, as it is written; or null, and the bag says why. They may carry credentials, so it is https, or on this machine.</summary>
    public static string? ParseUpstream(Located<string> text, DiagnosticBag bag)
    {
        if (Read(text, bag, McpExample) is not { } request)
        {
            return null;
        }

        var problem = request.Target.Query.Length > 0 ? "it has a query"
            : request.Scheme != "https" && !request.Host.IsLoopback ? "it is without TLS, and requests carry credentials there"
            : null;
        if (problem is null)
        {
            return text.Value;
        }

        bag.UrlInvalid(text.Span, problem, McpExample);
        return null;
    }

    /// <summary>The canonical URL of a proxy, which has neither path nor query; or null, and the bag says why.</summary>
    public static string? ParseProxy(Located<string> text, DiagnosticBag bag)
    {
        var refusal = UpstreamProxyAddress.TryParse(text.Value, out var address);
        if (refusal is null)
        {
            return address.ToString();
        }

        if (refusal == Reason.UserinfoInTarget)
        {
            bag.UrlHasUserinfo(Userinfo(text, bag), ", and write username: and password: beside it");
        }
        else
        {
            var problem = refusal == Reason.UnsupportedTarget ? "it does not begin with http://, https://, socks5:// or socks5h://"
                : refusal == Reason.InvalidPath ? "a proxy has neither path nor query"
                : refusal.Sentence;
            bag.UrlInvalid(text.Span, problem, "scheme, host and port, such as http://proxy.corp.example:3128");
        }

        return null;
    }

    private static CanonicalRequest? Read(Located<string> text, DiagnosticBag bag, string example)
    {
        // The same reading that requests get: what a request may not ask for, the proxy does not ask for either.
        var url = text.Value;
        if (CanonicalRequest.TryCreateFromUrl("POST", url, out var request) is { } refusal)
        {
            if (refusal == Reason.UserinfoInTarget)
            {
                bag.UrlHasUserinfo(Userinfo(text, bag));
            }
            else
            {
                bag.UrlInvalid(text.Span, refusal == Reason.UnsupportedTarget ? "it does not begin with https://" : refusal.Sentence, example);
            }

            return null;
        }

        return request;
    }

    private static SourceSpan Userinfo(Located<string> text, DiagnosticBag bag)
    {
        var start = text.Value.IndexOf("://", StringComparison.Ordinal) + 3;
        return bag.Source.Slice(text.Node, start, text.Value.IndexOf('@', StringComparison.Ordinal) + 1 - start);
    }
}
