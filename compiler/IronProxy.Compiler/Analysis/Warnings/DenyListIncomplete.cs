using System.Net;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A policy writes upstream_deny_cidrs of its own, and metadata services or the machine itself are not in it.</summary>
internal sealed class DenyListIncomplete : PolicyWarning
{
    /// <summary>More would hide what the sentence says.</summary>
    private const int Named = 3;

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
        var open = KnownAddresses.Addresses.Where(k => !denied.Any(d => d.Contains(k.Address))).ToArray();
        if (open.Length > 0)
        {
            var named = string.Join(", ", open.Take(Named).Select(k => $"{k.Address} ({k.What})"));
            context.Report(
                this,
                proxy.KeySpan("upstream_deny_cidrs"),
                $"the list replaces the default one and leaves out {named}{(open.Length > Named ? $" and {open.Length - Named} more" : "")}: a name that resolves to such an address is dialled",
                "begin the list with default, which stands for what is denied without a list");
        }
    }
}
