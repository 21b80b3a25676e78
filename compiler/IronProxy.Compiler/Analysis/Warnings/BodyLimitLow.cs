using System.Collections.Frozen;
using System.Globalization;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// A step must see whole bodies, and requests to one of its APIs are larger than the limit, over which the proxy refuses them.
/// </summary>
internal sealed class BodyLimitLow : PolicyWarning
{
    private const long Megabyte = 1_000_000;

    /// <summary>How large a request may be by the documentation of the API. Uploads of files are left out where they have a host or path of their own.</summary>
    private static readonly FrozenDictionary<string, long> RequestBytes = new Dictionary<string, long>
    {
        // Messages with images and documents in them.
        ["api.anthropic.com"] = 32 * Megabyte,
        ["api.openai.com"] = 50 * Megabyte,
        ["generativelanguage.googleapis.com"] = 20 * Megabyte,

        // Packages and release files.
        ["upload.pypi.org"] = 100 * Megabyte,
        ["uploads.github.com"] = 2000 * Megabyte,

        // A message with its attachments.
        ["gmail.googleapis.com"] = 35 * Megabyte,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <inheritdoc />
    public override string Code => "IRON2032";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var limit = context.Plan.BodyLimits.MaxRequestBytes;
        foreach (var (who, rules, at) in Readers(context))
        {
            foreach (var (name, bytes) in RequestBytes.Where(r => r.Value > limit).OrderBy(r => r.Key, StringComparer.Ordinal))
            {
                _ = CanonicalHost.TryCreateFromText(name, out var host);
                var named = rules is { } set ? context.Names(set, host) : context.Allowlists.Any(a => context.Names(a.Rules, host));
                if (named && context.Allows(host))
                {
                    context.Report(
                        this,
                        at,
                        $"{who} must see whole bodies, those over {limit.ToString(CultureInfo.InvariantCulture)} bytes are refused, and {name} takes up to {bytes / Megabyte} MB",
                        "raise proxy.max_request_body_bytes to what the workload sends, or let the step act on fewer requests");
                    break;
                }
            }
        }
    }

    private static IEnumerable<(string Who, int? Rules, SourcePosition At)> Readers(AnalysisContext context)
    {
        // Where a step reads bodies for credentials, those that need it are named.
        var steps = context.Plan.Steps.Where(s => s is { Needs: StepNeeds.WholeBody, CredentialUses.IsEmpty: true }).SelectMany(s => s.ActsOn.Select(rules => (s.Title, rules, s.At)));
        return steps.Concat(context.Credentials.Where(c => c.ReadsBody).Select(c => (c.Title, c.Rules, c.At)));
    }
}
