using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Runtime.Upstream;

/// <summary>Asks a proxy for a tunnel with SOCKS5.</summary>
internal static class Socks5Handshake
{
    /// <summary>Opens a tunnel on a connection to a proxy. Behind it the connection is the upstream's.</summary>
    /// <param name="proxy">The connection to the proxy.</param>
    /// <param name="request">What is asked for (<see cref="Socks5ClientMessages"/>).</param>
    /// <param name="credentials">What the proxy is shown if it wants to see something.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="UpstreamRefusedException">The proxy does not lead there.</exception>
    public static async ValueTask OpenAsync(Stream proxy, byte[] request, ProxyCredentials? credentials, CancellationToken cancellation)
    {
        var buffer = new byte[Socks5Answers.MaxReplyLength];
        try
        {
            await proxy.WriteAsync(Socks5ClientMessages.Greeting(credentials is not null), cancellation).ConfigureAwait(false);
            if (await ChooseAsync(proxy, buffer, credentials, cancellation).ConfigureAwait(false) is { } chosen)
            {
                await ShowAsync(proxy, buffer, chosen, cancellation).ConfigureAwait(false);
            }

            await proxy.WriteAsync(request, cancellation).ConfigureAwait(false);
            Require(await ReadReplyAsync(proxy, buffer, cancellation).ConfigureAwait(false));
        }
        catch (EndOfStreamException e)
        {
            throw new UpstreamRefusedException(Reason.UpstreamProxyFailed, e);
        }
    }

    /// <returns>The credentials, when the proxy wants to see them.</returns>
    private static async ValueTask<ProxyCredentials?> ChooseAsync(Stream proxy, byte[] buffer, ProxyCredentials? credentials, CancellationToken cancellation)
    {
        await proxy.ReadExactlyAsync(buffer.AsMemory(0, Socks5Answers.ChoiceLength), cancellation).ConfigureAwait(false);
        if (!Socks5Answers.TryReadMethod(buffer.AsSpan(0, Socks5Answers.ChoiceLength), out var method))
        {
            throw new UpstreamRefusedException(Reason.UpstreamProxyFailed);
        }

        return method switch
        {
            Socks5Method.NoAuthentication => null,
            Socks5Method.Credentials => credentials ?? throw new UpstreamRefusedException(Reason.UpstreamProxyFailed), // Not offered.
            _ => throw new UpstreamRefusedException(Reason.UpstreamProxyRefused),
        };
    }

    private static async ValueTask ShowAsync(Stream proxy, byte[] buffer, ProxyCredentials credentials, CancellationToken cancellation)
    {
        await proxy.WriteAsync(Socks5ClientMessages.Credentials(credentials.Username, credentials.Password.Reveal()), cancellation).ConfigureAwait(false);
        await proxy.ReadExactlyAsync(buffer.AsMemory(0, Socks5Answers.ChoiceLength), cancellation).ConfigureAwait(false);
        if (!Socks5Answers.TryReadVerdict(buffer.AsSpan(0, Socks5Answers.ChoiceLength), out var accepted))
        {
            throw new UpstreamRefusedException(Reason.UpstreamProxyFailed);
        }

        if (!accepted)
        {
            throw new UpstreamRefusedException(Reason.UpstreamProxyRefused);
        }
    }

    private static async ValueTask<Socks5Reply> ReadReplyAsync(Stream proxy, byte[] buffer, CancellationToken cancellation)
    {
        var (length, needed) = (0, Socks5Answers.ChoiceLength); // Some say no in two bytes, and close.
        while (true)
        {
            await proxy.ReadExactlyAsync(buffer.AsMemory(length, needed - length), cancellation).ConfigureAwait(false);
            length = needed;
            switch (Socks5Answers.TryReadReply(buffer.AsSpan(0, length), out var code, out needed))
            {
                case ParseStatus.Done:
                    return (Socks5Reply)code;
                case ParseStatus.Invalid:
                    throw new UpstreamRefusedException(Reason.UpstreamProxyFailed);
            }
        }
    }

    private static void Require(Socks5Reply reply)
    {
        if (reply == Socks5Reply.Succeeded || !Checks.On(Check.UpstreamProxyAnswer))
        {
            return;
        }

        throw new UpstreamRefusedException(reply switch
        {
            Socks5Reply.GeneralFailure or Socks5Reply.NetworkUnreachable or Socks5Reply.HostUnreachable or Socks5Reply.ConnectionRefused or Socks5Reply.TimeToLiveExpired => Reason.UpstreamUnreachable,
            Socks5Reply.NotAllowed => Reason.UpstreamProxyRefused,
            _ => Reason.UpstreamProxyFailed,
        });
    }
}
