using System.Net;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>Clients show passwords on a listener that speaks no TLS and that others can reach.</summary>
internal sealed class PasswordOverPlainListener : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2060";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        if (context.Plan.TunnelTls is not null || context.Plan.Listeners.Tunnel is not { } listener || IsLoopback(listener.Address) || context.File.Proxy is not { } proxy)
        {
            return;
        }

        var clients = (context.Plan.Clients ?? []).Where(c => c.Password is not null).Select(c => c.Name).ToArray();
        if (clients.Length > 0)
        {
            context.Report(
                this,
                proxy.KeySpan("tunnel_listen"),
                $"{(clients.Length == 1 ? "the password" : "passwords")} of {string.Join(", ", clients)} can be read on the way to this listener, which speaks no TLS",
                "add proxy.tunnel_tls with a certificate, or listen on a loopback address");
        }
    }

    private static bool IsLoopback(string? address) => address is not null && IPAddress.IsLoopback(IPAddress.Parse(address));
}
