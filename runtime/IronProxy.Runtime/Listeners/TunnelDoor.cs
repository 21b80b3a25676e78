using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using IronProxy.Plan;
using IronProxy.Runtime.Audit;
using IronProxy.Runtime.Policies;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Connect;
using IronProxy.Runtime.Protocols.Socks5;
using IronProxy.Runtime.Requests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace IronProxy.Runtime.Listeners;

/// <summary>
/// The tunnel listener: CONNECT, SOCKS5 and absolute-form HTTP on one port. Policy is asked before a tunnel is opened, and
/// what comes through it is TLS or HTTP, or is refused.
/// </summary>
/// <param name="policies">The policy.</param>
/// <param name="tlsDoor">TLS inside tunnels.</param>
/// <param name="tunnels">The tunnels that are open.</param>
/// <param name="auditLog">Where records go.</param>
/// <param name="time">The clock.</param>
internal sealed class TunnelDoor(CurrentPolicy policies, TlsDoor tlsDoor, OpenTunnels tunnels, AuditLog auditLog, TimeProvider time)
{
    private static readonly byte[] Established = "HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray();

    /// <summary>Serves one connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="tls">The server's TLS and all that follows it.</param>
    /// <param name="plain">The server's HTTP without TLS.</param>
    public async Task EnterAsync(ConnectionContext connection, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        var proxy = connection.Features.GetRequiredFeature<ProxyConnection>();
        using var deadline = new PeekDeadline(connection, time);
        var kind = await FirstBytesPeek.ClassifyAsync(connection).ConfigureAwait(false);
        var isConnect = kind == FirstBytesKind.Http && await IsConnectAsync(connection).ConfigureAwait(false);
        if (kind == FirstBytesKind.Socks5 || isConnect)
        {
            var open = isConnect
                ? await OpenConnectAsync(connection, proxy, deadline).ConfigureAwait(false)
                : await OpenSocks5Async(connection, proxy, deadline).ConfigureAwait(false);
            deadline.Stop();
            if (open)
            {
                tunnels.Add(connection, proxy, proxy.Tunnel!); // It is open.
                try
                {
                    await EnterTunnelAsync(connection, proxy, tls, plain).ConfigureAwait(false);
                }
                finally
                {
                    tunnels.Remove(connection);
                }
            }

            return;
        }

        deadline.Stop();
        if (kind == FirstBytesKind.Http)
        {
            await plain(connection).ConfigureAwait(false);
        }
        else if (kind != FirstBytesKind.NeedMore || deadline.Expired)
        {
            await RecordAsync(proxy, "", deadline.Expired ? Reason.TunnelTimeout : Reason.TunnelProtocol).ConfigureAwait(false);
        }
    }

    private async Task EnterTunnelAsync(ConnectionContext connection, ProxyConnection proxy, ConnectionDelegate tls, ConnectionDelegate plain)
    {
        using var deadline = new PeekDeadline(connection, time);
        var kind = await FirstBytesPeek.ClassifyAsync(connection).ConfigureAwait(false);
        deadline.Stop();
        switch (kind)
        {
            case FirstBytesKind.Tls:
                await tlsDoor.EnterAsync(connection, tls).ConfigureAwait(false);
                break;
            case FirstBytesKind.Http:
                await plain(connection).ConfigureAwait(false);
                break;
            case FirstBytesKind.NeedMore when !deadline.Expired:
                // Opened and closed without a byte: the tunnel has its record.
                break;
            default:
                await RecordAsync(proxy, proxy.Tunnel!.Mode, deadline.Expired ? Reason.TunnelTimeout : Reason.TunnelProtocol).ConfigureAwait(false);
                break;
        }
    }

    private async ValueTask<bool> OpenConnectAsync(ConnectionContext connection, ProxyConnection proxy, PeekDeadline deadline)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            var status = Parse(read.Buffer, out var consumed, out var request, out var reason);
            if (status == ParseStatus.NeedMore)
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (!read.IsCompleted && !read.IsCanceled)
                {
                    continue;
                }

                return await RefuseAsync(proxy, "connect", deadline.Expired ? Reason.TunnelTimeout : Reason.MalformedRequest).ConfigureAwait(false);
            }

            input.AdvanceTo(consumed);
            var audit = Begin(proxy, "connect");
            audit.Host = request.Target.Host.Text ?? request.RawTarget ?? "";
            var active = policies.Active;
            var denial = status == ParseStatus.Invalid ? reason!
                : await IdentifyAsync(active, proxy, request.Credentials, audit).ConfigureAwait(false)
                    ?? Decide(active, audit, request.Target.Host, request.Target.Port!.Value);
            denial ??= await AdmitAsync().ConfigureAwait(false);
            if (denial is null)
            {
                proxy.Tunnel = new Tunnel("connect", request.Target.Host, request.Target.Port!.Value, audit.Client);
                auditLog.Write(audit);
                await ClientSocket.SendAsync(connection, Established).ConfigureAwait(false);
                return true;
            }

            await FinishAsync(audit, denial).ConfigureAwait(false);
            await AnswerAsync(connection.Transport.Output, denial, audit).ConfigureAwait(false);
            return false;
        }

        static ParseStatus Parse(in ReadOnlySequence<byte> buffer, out SequencePosition consumed, out ConnectRequest request, out Reason? reason)
        {
            var reader = new SequenceReader<byte>(buffer);
            var status = ConnectRequestParser.TryParse(ref reader, out request, out reason);
            consumed = reader.Position;
            return status;
        }
    }

    private async ValueTask<bool> OpenSocks5Async(ConnectionContext connection, ProxyConnection proxy, PeekDeadline deadline)
    {
        var active = policies.Active;
        var audit = Begin(proxy, "socks5");
        if (await GreetAsync(connection, proxy, active, audit, deadline).ConfigureAwait(false) is { } unknown)
        {
            return await RefuseAsync(connection, audit, unknown.Reason, unknown.Answer).ConfigureAwait(false);
        }

        var (asked, parsed) = await ReadAsync<(Socks5Request Request, Socks5Refusal Refusal)>(connection, ParseRequest).ConfigureAwait(false);
        var newest = policies.Active; // Another one may have come since the client was greeted.
        var (denial, reply) = asked switch
        {
            ParseStatus.Done when newest != active && RecallClient(newest, proxy, audit) is { } stranger => (stranger, Socks5Reply.NotAllowed),
            ParseStatus.Done => Decide(newest, audit, parsed.Request),
            ParseStatus.Invalid => (parsed.Refusal.Reason, parsed.Refusal.Reply),
            _ => (deadline.Expired ? Reason.TunnelTimeout : Reason.SocksUnsupported, Socks5Reply.GeneralFailure),
        };
        if (denial is null && await AdmitAsync().ConfigureAwait(false) is { } unavailable)
        {
            (denial, reply) = (unavailable, Socks5Reply.GeneralFailure);
        }

        if (denial is null)
        {
            _ = parsed.Request.TryGetHost(out var host);
            proxy.Tunnel = new Tunnel("socks5", host, parsed.Request.Port, audit.Client);
            auditLog.Write(audit);
        }
        else
        {
            await FinishAsync(audit, denial).ConfigureAwait(false);
        }

        await ClientSocket.SendAsync(connection, Socks5Messages.Reply(reply)).ConfigureAwait(false);
        return denial is null;

        static ParseStatus ParseRequest(ref SequenceReader<byte> reader, out (Socks5Request, Socks5Refusal) result)
        {
            var status = Socks5RequestParser.TryParse(ref reader, out var request, out var refusal);
            result = (request, refusal);
            return status;
        }
    }

    /// <summary>
    /// Settles who asks over SOCKS5. A client that can show a user name and a password is asked for them when some client has a password, as over HTTP what is
    /// shown counts for more than where it comes from.
    /// </summary>
    /// <returns>Null when it may go on; or why not, and what is answered.</returns>
    private static async ValueTask<(Reason Reason, ReadOnlyMemory<byte> Answer)?> GreetAsync(
        ConnectionContext connection, ProxyConnection proxy, ActivePolicy active, AuditRecord audit, PeekDeadline deadline)
    {
        var (greeted, greeting) = await ReadAsync<Socks5Greeting>(connection, Socks5GreetingParser.TryParse).ConfigureAwait(false);
        if (greeted != ParseStatus.Done)
        {
            return (deadline.Expired ? Reason.TunnelTimeout : Reason.SocksUnsupported, default);
        }

        if (greeting.OffersCredentials && active.Policy.Clients is { TakesPasswords: true })
        {
            await ClientSocket.SendAsync(connection, Socks5Messages.Credentials).ConfigureAwait(false);
            var (shown, credentials) = await ReadAsync<ShownCredentials>(connection, Socks5CredentialsParser.TryParse).ConfigureAwait(false);
            if (shown != ParseStatus.Done)
            {
                return (deadline.Expired ? Reason.TunnelTimeout : Reason.SocksUnsupported, default);
            }

            if (await IdentifyAsync(active, proxy, credentials, audit).ConfigureAwait(false) is { } refusal)
            {
                return (refusal, Socks5Messages.CredentialsRefused);
            }

            await ClientSocket.SendAsync(connection, Socks5Messages.CredentialsAccepted).ConfigureAwait(false);
            return null;
        }

        if (!greeting.OffersNoAuthentication)
        {
            return (Reason.SocksUnsupported, Socks5Messages.NoAcceptableMethod);
        }

        if (await IdentifyAsync(active, proxy, null, audit).ConfigureAwait(false) is { } stranger)
        {
            return (stranger, Socks5Messages.NoAcceptableMethod);
        }

        await ClientSocket.SendAsync(connection, Socks5Messages.NoAuthentication).ConfigureAwait(false);
        return null;
    }

    /// <summary>Settles who asks for a tunnel.</summary>
    /// <returns>Null, or why it is refused.</returns>
    private static async ValueTask<Reason?> IdentifyAsync(ActivePolicy active, ProxyConnection proxy, ShownCredentials? shown, AuditRecord audit)
    {
        if (active.Clients is not { } clients)
        {
            return null;
        }

        (var refusal, audit.Client) = await clients.IdentifyAsync(proxy.Listener, active.EvidenceOf(proxy), shown, CancellationToken.None).ConfigureAwait(false);
        audit.PlanHash = active.Hash;
        return refusal;
    }

    /// <summary>Settles who asks for a tunnel by another policy than the one that asked.</summary>
    /// <returns>Null, or why it is refused.</returns>
    private static Reason? RecallClient(ActivePolicy active, ProxyConnection proxy, AuditRecord audit)
    {
        audit.PlanHash = active.Hash;
        audit.Client = active.Recall(proxy, audit.Client);
        return active.Policy.RequireClient(proxy.Listener, audit.Client?.Name);
    }

    private static (Reason? Denial, Socks5Reply Reply) Decide(ActivePolicy active, AuditRecord audit, in Socks5Request request)
    {
        audit.Host = request.Host ?? request.Address?.ToString() ?? "";
        audit.Port = request.Port;
        if (request.TryGetHost(out var host) is { } invalid)
        {
            return (invalid, Socks5Reply.GeneralFailure);
        }

        if (request.Port == 0)
        {
            return (Reason.InvalidPort, Socks5Reply.GeneralFailure);
        }

        var denial = Decide(active, audit, host, request.Port);
        return (denial, denial is null ? Socks5Reply.Succeeded : Socks5Reply.NotAllowed);
    }

    /// <summary>Asks policy whether a tunnel to a host and port may be opened.</summary>
    private static Reason? Decide(ActivePolicy active, AuditRecord audit, CanonicalHost host, int port)
    {
        audit.Host = host.Text;
        audit.Port = port;
        audit.PlanHash = active.Hash;
        var policy = active.Policy;
        var decision = policy.DecideAllowlists(policy.Matcher.FindHost(host), CanonicalRequest.Destination(host, port, audit.Client?.Name), out var decider);
        audit.Rule = decision.Rule?.At ?? decider?.At;
        if (decision.Allowed || !Checks.On(Check.TunnelPolicy))
        {
            return null;
        }

        audit.RejectedBy = decider?.Type;
        return decision.Denial;
    }

    private AuditRecord Begin(ProxyConnection proxy, string mode)
    {
        var audit = auditLog.Begin();
        audit.Method = "CONNECT";
        ConnectionRecords.DescribeTunnel(audit, proxy, mode);
        audit.StatusCode = 200;
        audit.Outcome = RequestOutcome.Opened;
        return audit;
    }

    /// <summary>Makes sure that there is room for the tunnel's record before it opens.</summary>
    private async ValueTask<Reason?> AdmitAsync() => await auditLog.AdmitAsync().ConfigureAwait(false) ? null : Reason.AuditUnavailable;

    private async ValueTask FinishAsync(AuditRecord audit, Reason denial)
    {
        audit.Reason = denial;
        audit.StatusCode = denial.Status;
        audit.Outcome = RequestOutcome.Refused;
        audit.RejectedBy ??= AuditNames.Proxy;
        if (denial == Reason.AuditUnavailable)
        {
            auditLog.CountUnrecorded(audit);
        }
        else
        {
            await auditLog.WriteRefusalAsync(audit).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> RefuseAsync(ProxyConnection proxy, string mode, Reason reason)
    {
        await FinishAsync(Begin(proxy, mode), reason).ConfigureAwait(false);
        return false;
    }

    /// <summary>Records a refusal that SOCKS5 has an answer for, and sends it.</summary>
    private async ValueTask<bool> RefuseAsync(ConnectionContext connection, AuditRecord audit, Reason reason, ReadOnlyMemory<byte> answer)
    {
        await FinishAsync(audit, reason).ConfigureAwait(false);
        if (!answer.IsEmpty)
        {
            await ClientSocket.SendAsync(connection, answer).ConfigureAwait(false);
        }

        return false;
    }

    private ValueTask RecordAsync(ProxyConnection proxy, string mode, Reason reason) =>
        auditLog.WriteRefusalAsync(ConnectionRecords.Create(auditLog, proxy, mode, reason, proxy.Tunnel?.Host.Text ?? "", proxy.Tunnel?.Port));

    private static async ValueTask AnswerAsync(PipeWriter output, Reason reason, AuditRecord audit)
    {
        var body = Denial.Body(reason, audit);
        var challenge = reason.Status == 407 ? $"Proxy-Authenticate: {Denial.Challenge}\r\n" : "";
        var head = $"HTTP/1.1 {reason.Status} {Phrase(reason.Status)}\r\n{challenge}Content-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await output.WriteAsync(Encoding.ASCII.GetBytes(head)).ConfigureAwait(false);
        await output.WriteAsync(body).ConfigureAwait(false);
    }

    private static string Phrase(int status) => status switch
    {
        403 => "Forbidden",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Bad Request",
    };

    /// <summary>The bytes are there already: telling HTTP from the rest needed the method and the space behind it.</summary>
    private static async ValueTask<bool> IsConnectAsync(ConnectionContext connection)
    {
        var read = await connection.Transport.Input.ReadAsync().ConfigureAwait(false);
        var connect = ConnectRequestParser.IsConnect(read.Buffer);
        connection.Transport.Input.AdvanceTo(read.Buffer.Start);
        return connect;
    }

    private delegate ParseStatus TryParse<T>(ref SequenceReader<byte> reader, out T result);

    private static async ValueTask<(ParseStatus Status, T Result)> ReadAsync<T>(ConnectionContext connection, TryParse<T> parse)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            var status = Parse(read.Buffer, parse, out var consumed, out var result);
            if (status == ParseStatus.NeedMore && !read.IsCompleted && !read.IsCanceled)
            {
                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            input.AdvanceTo(consumed);
            return (status, result);
        }

        static ParseStatus Parse(in ReadOnlySequence<byte> buffer, TryParse<T> parse, out SequencePosition consumed, out T result)
        {
            var reader = new SequenceReader<byte>(buffer);
            var status = parse(ref reader, out result);
            consumed = reader.Position;
            return status;
        }
    }
}
