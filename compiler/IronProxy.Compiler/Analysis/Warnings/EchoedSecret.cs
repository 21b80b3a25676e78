using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A placeholder is swapped in every header, for a host that answers with the headers it was sent: the workload reads the
/// secret in the answer.
/// </summary>
internal sealed class EchoedSecret : PolicyWarning
{
    /// <summary>Public services whose purpose is to answer with the request. Each is a name of its own or the parent of such names.</summary>
    private static readonly ImmutableArray<string> EchoHosts =
    [
        "httpbin.org", "www.httpbin.org", "eu.httpbin.org", "httpbin.io", "httpbingo.org", "httpbin.dev", "nghttp2.org",
        "postman-echo.com", "echo.hoppscotch.io", "echo.free.beeceptor.com", "httpi.dev", "reqbin.com", "requestbin.com",
        "webhook.site", "pie.dev", "hookb.in", "ifconfig.me", "ifconfig.co", "tls.peet.ws", "echo.websocket.org",
    ];

    /// <inheritdoc />
    public override string Code => "IRON2014";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var credential in context.Credentials)
        {
            if (credential.Replace is not { Headers.IsEmpty: true } || credential.Scrubs || Echo(context, credential.Rules) is not { } echo)
            {
                continue;
            }

            context.Report(
                this,
                context.PlaceInSecret(credential, "match_headers"),
                $"{echo} answers with the headers that it is sent, and the placeholder is swapped in all of them, so the workload can read {credential.Title}",
                "list the headers that the API reads under match_headers:, do not send secrets to this host, or write scrub_responses: true");
        }
    }

    /// <summary>The first such host that is named by the rules of the secret, or by an allowlist when the secret has none.</summary>
    private static string? Echo(AnalysisContext context, int? rules) => EchoHosts.FirstOrDefault(name =>
    {
        _ = CanonicalHost.TryCreateFromText(name, out var host);
        return rules is { } set
            ? context.Names(set, host) && context.Allows(host)
            : context.Allowlists.Any(a => context.Names(a.Rules, host)) && context.Allows(host);
    });
}
