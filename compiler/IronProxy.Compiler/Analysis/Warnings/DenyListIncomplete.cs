using System.Net;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A policy writes upstream_deny_cidrs of its own, and metadata services or the machine itself are not in it.</summary>
internal sealed class DenyListIncomplete : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2041";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.File.Proxy is not { UpstreamDenyCidrs: not null } proxy)
        {
            return;
        }

        var denied = context.Plan.Upstream.DenyCidrs.Select(c => IPNetwork.Parse(c)).ToArray();
        var open = KnownAddresses.DeniedByDefault.Where(k => !denied.Any(d => d.Contains(k.Address))).ToArray();
        if (open.Length > 0)
        {
            context.Report(
                this,
                proxy.KeySpan("upstream_deny_cidrs"),
                $"the list replaces the default one and leaves out {string.Join(", ", open.Select(k => $"{k.Address} ({k.What})"))}: a name that resolves to it is dialled",
                "add 169.254.0.0/16, fd00:ec2::/32, 127.0.0.0/8 and ::1/128 to the list");
        }
    }
}
