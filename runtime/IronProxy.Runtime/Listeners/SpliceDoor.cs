using System.Net.Sockets;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Protocols.Tls;
using IronProxy.Runtime.Requests;
using IronProxy.Runtime.Upstream;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// Passes TLS through unopened: policy is asked about host and port, the address is checked as for every request, and then bytes go both ways, the first
/// message as it came. Each has one record, which is written at its end.
/// </summary>
/// <param name="policies">The policy.</param>
/// <param name="tunnels">What is open, which another policy judges again.</param>
/// <param name="limits">What requests share: it counts as one as long as it is open.</param>
/// <param name="auditLog">Where records go.</param>
/// <param name="logger">Where failures of the proxy go.</param>
/// <param name="time">The clock.</param>
internal sealed partial class SpliceDoor(
    CurrentPolicy policies, OpenTunnels tunnels, RequestLimits limits, AuditLog auditLog, ILogger<SpliceDoor> logger, TimeProvider time)
{
    /// <summary>Passes a connection through, or refuses it with an alert.</summary>
    /// <param name="connection">The connection; nothing of the first message is consumed.</param>
    /// <param name="proxy">What is known of it.</param>
    /// <param name="hello">The first message.</param>
    /// <param name="host">The host that it names, or the tunnel's when it names none.</param>
    public async Task EnterAsync(ConnectionContext connection, ProxyConnection proxy, ClientHello hello, CanonicalHost host)
    {
        var audit = auditLog.Begin();
        ConnectionRecords.DescribePassed(audit, proxy);
        audit.Host = host.Text;
        audit.Port = proxy.TlsPort;
        using var presence = new ClientPresence(connection, time);
        using var place = limits.Enter(proxy.ClientAddress);
        var admitted = await auditLog.AdmitAsync().ConfigureAwait(false);
        Splice? splice = null;
        try
        {
            var (upstream, refusal) = !admitted ? (null, Reason.AuditUnavailable)
                : Check(proxy, hello, host) is { } unclear ? (null, unclear)
                : place.Refusal is { } full ? (null, full)
                : await ConnectAsync(connection, audit, proxy, host).ConfigureAwait(false);
            if (upstream is not null)
            {
                using (upstream)
                {
                    var open = tunnels.Pass(connection, proxy, host, audit.Port.Value, new PassedTls(upstream.Address));
                    splice = Create(connection, proxy, upstream);
                    refusal = splice is null ? Reason.ClientClosed : JudgeAgain(audit, open);
                    if (splice is not null && refusal is null)
                    {
                        audit.IsForwarded = true;
                        audit.StatusCode = 200;
                        audit.Outcome = await RunAsync(splice, connection, upstream, open).ConfigureAwait(false);
                    }
                }
            }

            if (refusal is not null)
            {
                Refuse(audit, refusal);
            }
        }
#pragma warning disable CA1031 // Whatever failed, the connection ends here and is recorded.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailure(e);
            Refuse(audit, Reason.Internal);
        }
        finally
        {
            tunnels.Remove(connection);
            audit.RequestBytes = splice?.FromClientBytes ?? 0;
            audit.ResponseBytes = splice?.FromUpstreamBytes ?? 0;
            Record(audit, admitted);
        }

        if (!audit.IsForwarded)
        {
            await connection.Transport.Output.WriteAsync(TlsAlertRecord.Create(AlertOf(audit.Reason!))).ConfigureAwait(false); // What was not forwarded was refused.
        }
    }

    /// <summary>Whether it is clear what the client asks for.</summary>
    private static Reason? Check(ProxyConnection proxy, ClientHello hello, CanonicalHost host) =>
        proxy.Tunnel is { } tunnel && tunnel.Host != host && Checks.On(Plan.Check.PassedServerName) ? Reason.AuthorityMismatch
        : hello.HidesServerName && Checks.On(Plan.Check.HiddenServerName) ? Reason.TlsHiddenName
        : null;

    /// <summary>Asks policy and connects. The policy is leased for that alone: what is open may outlive it by hours.</summary>
    private async ValueTask<(UpstreamSocket? Upstream, Reason? Refusal)> ConnectAsync(
        ConnectionContext connection, AuditRecord audit, ProxyConnection proxy, CanonicalHost host)
    {
        using var lease = policies.Lease();
        audit.PlanHash = lease.Active.Hash;
        audit.Client = lease.Active.ClientOf(proxy);
        var destination = CanonicalRequest.Destination(host, proxy.TlsPort, audit.Client?.Name);
        if (lease.Active.Policy.RequireClient(proxy.Listener, destination.Client) is { } stranger)
        {
            return (null, stranger);
        }

        if (!lease.Active.Policy.PassesThrough(host, destination.Port, destination.Client))
        {
            return (null, Reason.NotPassedThrough); // Another policy has come since the first message was read.
        }

        var outcome = await lease.Active.Steps.RunAsync(new HiddenRequest(lease.Active.Policy, destination, audit)).ConfigureAwait(false);
        if (outcome.Rejection is { } rejection)
        {
            return (null, rejection);
        }

        if (!auditLog.IsOpen())
        {
            return (null, Reason.AuditUnavailable);
        }

        try
        {
            return (await lease.Active.Client.ConnectAsync(host, destination.Port, proxy.ClientAddress, connection.ConnectionClosed).ConfigureAwait(false), null);
        }
        catch (UpstreamRefusedException e)
        {
            return (null, e.Reason);
        }
        catch (OperationCanceledException) when (connection.ConnectionClosed.IsCancellationRequested)
        {
            return (null, Reason.ClientClosed);
        }
    }

    /// <summary>A swap judges what is open: another policy may have come before this was.</summary>
    private Reason? JudgeAgain(AuditRecord audit, OpenTunnel open)
    {
        var active = policies.Active;
        if (active.Hash == audit.PlanHash || active.Judge(open.Connection, open.Host, open.Port, open.Passed) is not { } denial)
        {
            return null;
        }

        audit.PlanHash = active.Hash;
        audit.Rule = null;
        return denial;
    }

    /// <returns>Null when the client is gone.</returns>
    private Splice? Create(ConnectionContext connection, ProxyConnection proxy, UpstreamSocket upstream)
    {
        try
        {
            var client = ClientSocket.Of(connection);
            TcpKeepAlive.Enable(client);
            Stream toClient = proxy.TunnelTls is { } shown ? new TlsSendingSide(shown) : new SendingSide(client);
            Stream toUpstream = upstream.Stream is UpstreamTlsStream tls ? new TlsSendingSide(tls) : new SendingSide(upstream.Socket);
            return new Splice(connection.Transport.Input, toClient, upstream.Stream, toUpstream, new UnreadClient(client, farewell: null, time), time); // One that has only ended its side may wait for an answer.
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            return null;
        }
    }

    private async Task<RequestOutcome> RunAsync(Splice splice, ConnectionContext connection, UpstreamSocket upstream, OpenTunnel open)
    {
        var end = await splice.RunAsync(limits.TunnelIdleTimeout, connection.ConnectionClosed).ConfigureAwait(false);
        if (end != SpliceEnd.Complete)
        {
            // Neither side may take the break of the other for its proper end.
            ClientSocket.Reset(upstream.Socket);
            ClientSocket.Reset(ClientSocket.Of(connection));
        }

        if (end == SpliceEnd.Idle)
        {
            limits.EndedIdle();
        }

        return open.IsBrokenOff ? RequestOutcome.Withdrawn : end switch
        {
            SpliceEnd.Complete => RequestOutcome.Delivered,
            SpliceEnd.UpstreamBroke => RequestOutcome.CutOff,
            SpliceEnd.Idle => RequestOutcome.TimedOut,
            _ => RequestOutcome.ClientLeft,
        };
    }

    private static void Refuse(AuditRecord audit, Reason reason)
    {
        audit.Reason = reason;
        audit.Outcome = reason == Reason.Internal ? RequestOutcome.Failed : reason == Reason.ClientClosed ? RequestOutcome.ClientLeft : RequestOutcome.Refused;
        audit.StatusCode = reason.Status;
        audit.RejectedBy ??= AuditNames.Proxy;
    }

    private void Record(AuditRecord audit, bool admitted)
    {
        if (admitted)
        {
            auditLog.Write(audit);
        }
        else
        {
            auditLog.CountUnrecorded(audit);
        }
    }

    private static TlsAlert AlertOf(Reason reason) =>
        reason == Reason.AuthorityMismatch ? TlsAlert.UnrecognizedName
        : reason.Status is 400 or 403 or 407 ? TlsAlert.AccessDenied
        : TlsAlert.InternalError;

    [LoggerMessage(EventId = 310, Level = LogLevel.Error, Message = "passing TLS through failed inside the proxy")]
    private partial void LogFailure(Exception exception);
}
