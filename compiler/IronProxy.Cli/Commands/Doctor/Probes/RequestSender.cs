using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>Sends requests as programs of the workload do: through the tunnel listener, or to where their names lead.</summary>
internal sealed class RequestSender(Workload workload)
{
    private TimeSpan Timeout => workload.Settings.Timeout;

    /// <summary>Sends a request on the way that this workload has: the tunnel when a proxy is named, else by name.</summary>
    public Task<Exchange> SendAsync(CraftedRequest request, CancellationToken cancellation) =>
        workload.Proxy is { } proxy ? ThroughTunnelAsync(proxy, request, cancellation) : DirectlyAsync(request, cancellation);

    /// <summary>Sends a request through a CONNECT tunnel, or in absolute form when it is to travel without TLS.</summary>
    public Task<Exchange> ThroughTunnelAsync(ProxyAddress proxy, CraftedRequest request, CancellationToken cancellation) =>
        PatientlyAsync(request, () => ConnectedAsync(
            limit => ResolveAsync(proxy.Host, limit),
            proxy.Port,
            async (stream, limit) =>
            {
                if (!request.Tls)
                {
                    return Answered(await AskAsync(stream, request, $"http://{request.Authority}{request.Target}", limit));
                }

                var opened = await HttpReply.AskAsync(stream, $"CONNECT {request.Authority} HTTP/1.1\r\nHost: {request.Authority}\r\n\r\n", expectBody: false, limit);
                return opened is { Status: 200, IsProxy: false }
                    ? await InTlsAsync(stream, request, limit)
                    : new Exchange(opened is null ? ExchangeStage.Closed : ExchangeStage.TunnelRefused, opened, "closed instead of opening a tunnel");
            },
            cancellation));

    /// <summary>Sends a request to where the host's name leads, or to an address of the caller's choice.</summary>
    public Task<Exchange> DirectlyAsync(CraftedRequest request, CancellationToken cancellation) =>
        PatientlyAsync(request, () => ConnectedAsync(
            limit => request.ConnectTo is { } address ? Task.FromResult<IPAddress?>(address) : ResolveAsync(request.Host, limit),
            request.Port,
            async (stream, limit) => request.Tls
                ? await InTlsAsync(stream, request, limit)
                : Answered(await AskAsync(stream, request, request.Target, limit)),
            cancellation));

    /// <summary>
    /// What was not answered in time is asked once more, if that can do no harm: a proxy that has just started is slow at first, and
    /// silence counts against it.
    /// </summary>
    private static async Task<Exchange> PatientlyAsync(CraftedRequest request, Func<Task<Exchange>> ask)
    {
        var exchange = await ask();
        return exchange.Stage == ExchangeStage.Silent && request.Method is ("GET" or "HEAD") ? await ask() : exchange;
    }

    /// <summary>Opens a connection and runs a conversation in it. What goes wrong becomes part of the answer.</summary>
    public async Task<Exchange> ConnectedAsync(
        Func<CancellationToken, Task<IPAddress?>> resolve,
        int port,
        Func<Stream, CancellationToken, Task<Exchange>> talk,
        CancellationToken cancellation)
    {
        var connected = false;
        try
        {
            if (await TimeLimit.WithinAsync(Timeout, resolve, cancellation) is not { } address)
            {
                return new Exchange(ExchangeStage.NotConnected, null, "the name does not resolve");
            }

            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await TimeLimit.WithinAsync(
                Timeout,
                async limit =>
                {
                    await socket.ConnectAsync(address, port, limit);
                    return true;
                },
                cancellation);
            connected = true;
            await using var stream = new NetworkStream(socket);

            // A request that is allowed goes on to its upstream, which takes longer than the proxy's own answers.
            return await TimeLimit.WithinAsync(Timeout * 2, limit => talk(stream, limit), cancellation);
        }
        catch (TimeoutException e)
        {
            return new Exchange(connected ? ExchangeStage.Silent : ExchangeStage.NotConnected, null, e.Message);
        }
        catch (SocketException e) when (!connected)
        {
            return new Exchange(ExchangeStage.NotConnected, null, ConnectionJudge.Why(e));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return new Exchange(ExchangeStage.Closed, null, "the connection is closed");
        }
        catch (InvalidDataException e)
        {
            return new Exchange(ExchangeStage.Answered, null, e.Message);
        }
    }

    /// <summary>The address of a name, by the resolvers that were named, or else as the system finds it. Null when there is none.</summary>
    public async Task<IPAddress?> ResolveAsync(string host, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return literal;
        }

        if (workload.Settings.Resolvers.IsEmpty)
        {
            try
            {
                return (await System.Net.Dns.GetHostAddressesAsync(host, cancellation)).FirstOrDefault();
            }
            catch (SocketException)
            {
                return null;
            }
        }

        foreach (var resolver in workload.Resolvers)
        {
            if (await workload.Dns.AskUdpAsync(resolver, host, DnsMessage.A, cancellation) is { } reply)
            {
                return reply.Addresses.Count > 0 ? reply.Addresses[0] : null;
            }
        }

        return null;
    }

    private async Task<Exchange> InTlsAsync(Stream stream, CraftedRequest request, CancellationToken cancellation)
    {
        TlsPeer tls;
        try
        {
            tls = await TlsPeer.OpenAsync(stream, request.ServerName ?? request.Host, workload.Settings.Ca, cancellation);
        }
        catch (Exception e) when (e is AuthenticationException or Win32Exception)
        {
            return new Exchange(ExchangeStage.Closed, null, "the TLS handshake fails");
        }

        await using (tls)
        {
            var exchange = request.HandshakeOnly
                ? new Exchange(ExchangeStage.Opened, null, "the tunnel and TLS open")
                : Answered(await AskAsync(tls.Stream, request, request.Target, cancellation));
            return exchange with { Trusted = tls.TrustedBySystem || (tls.SignedByCa == true && tls.NamesHost), Issuer = tls.Issuer };
        }
    }

    private static Task<HttpReply?> AskAsync(Stream stream, CraftedRequest request, string target, CancellationToken cancellation)
    {
        var host = request.HostHeader ?? (request.Port == (request.Tls ? 443 : 80) ? request.Host : request.Authority);
        return HttpReply.AskAsync(
            stream,
            $"{request.Method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: ironc-doctor\r\nAccept: */*\r\n{string.Concat(request.Headers.Select(h => h + "\r\n"))}Connection: close\r\n\r\n",
            expectBody: request.Method != "HEAD",
            cancellation);
    }

    private static Exchange Answered(HttpReply? reply) =>
        new(reply is null ? ExchangeStage.Closed : ExchangeStage.Answered, reply, "closed without an answer");
}
