using System.Diagnostics;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Sections.Clients;
using IronProxy.Compiler.Sections.Dns;
using IronProxy.Compiler.Sections.Limits;
using IronProxy.Compiler.Sections.Listeners;
using IronProxy.Compiler.Sections.Log;
using IronProxy.Compiler.Sections.Management;
using IronProxy.Compiler.Sections.Mcp;
using IronProxy.Compiler.Sections.Proxy;
using IronProxy.Compiler.Sections.Tls;
using IronProxy.Compiler.Sections.WebSocket;
using IronProxy.Compiler.Transforms;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;

namespace IronProxy.Compiler.Lowering;

/// <summary>Makes the plan of a file that has no errors.</summary>
internal static class FileLowering
{
    public static ProxyPlan Lower(ProxyFileConfig file, SourceText source, StructureValidator structure)
    {
        var context = new LoweringContext(source, structure);
        var listeners = ListenerSettings.Read(file, context.Repeated);
        var dns = DnsLowering.Lower(file.Dns, listeners[ListenerRole.Dns], context);
        var upstream = ProxyLowering.LowerUpstream(file.Proxy, context);
        var clients = ClientsLowering.Lower(file.Proxy?.Clients, context);
        var limits = LimitsLowering.Lower(file.Limits, context);
        var steps = (file.Transforms?.Items ?? []).Select(t => LowerTransform(t, context)).ToArray();
        var mcp = McpLowering.Lower(file.Mcp, context);
        if (context.Repeated.HasErrors)
        {
            throw new UnreachableException($"lowering found what validation let pass: {context.Repeated.ToSorted()[0].Message}");
        }

        return PlanSerializer.Seal(new ProxyPlan
        {
            FormatVersion = ProxyPlan.CurrentFormatVersion,
            Compiler = $"ironc {ProxyCompiler.Version}",
            Source = BaseName(source.Path),
            PolicyHash = "",
            FileHash = "",
            Listeners = ListenersLowering.Lower(listeners),
            TunnelTls = ProxyLowering.LowerTunnelTls(file.Proxy?.TunnelTls),
            Clients = clients,
            Dns = dns,
            Tls = TlsLowering.Lower(file.Tls.Checked()),
            Upstream = upstream,
            BodyLimits = ProxyLowering.LowerBodyLimits(file.Proxy),
            Limits = limits,
            WebSocket = WebSocketLowering.Lower(file.WebSocket),
            Log = LogLowering.Lower(file.Log),
            Matching = context.Tables.Build(),
            Steps = [.. steps],
            Mcp = mcp,
            Management = ManagementLowering.Lower(file.Management, listeners[ListenerRole.Management]),
        });
    }

    /// <summary>Positions point into the transform's entry: its name tells a reader more than its settings do.</summary>
    private static StepPlan LowerTransform(TransformConfig transform, LoweringContext context) =>
        TransformRegistry.Find(transform.Name.Checked().Value).Checked().Lower(transform.EffectiveConfig, context) with { At = transform.At };

    private static string BaseName(string path) => path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
}
