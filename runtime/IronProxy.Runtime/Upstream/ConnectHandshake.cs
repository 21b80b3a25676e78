using System.Buffers;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Protocols.Connect;
using IronProxy.Runtime.Protocols.Http1;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Upstream;

/// <summary>Asks a proxy for a tunnel with CONNECT.</summary>
internal static class ConnectHandshake
{
    /// <summary>All heads of the answer together. A page that says no is longer, and not read.</summary>
    private const int MaxAnswerLength = 16 * 1024;

    /// <summary>Opens a tunnel on a connection to a proxy. Behind it the connection is the upstream's.</summary>
    /// <exception cref="UpstreamRefusedException">The proxy does not lead there.</exception>
    public static async ValueTask OpenAsync(Stream proxy, CanonicalHost host, int port, ProxyCredentials? credentials, CancellationToken cancellation)
    {
        await proxy.WriteAsync(ConnectRequestWriter.Write(host, port, credentials?.Username, credentials?.Password.Reveal()), cancellation).ConfigureAwait(false);
        await proxy.FlushAsync(cancellation).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxAnswerLength);
        try
        {
            var (start, length, examined) = (0, 0, 0);
            while (true)
            {
                var status = Http1ResponseParser.TryParse(buffer.AsSpan(start, length - start), ref examined, out var head, out var consumed);
                if (status == ParseStatus.Invalid)
                {
                    throw new UpstreamRefusedException(Reason.UpstreamProxyFailed);
                }

                if (status == ParseStatus.Done)
                {
                    (start, examined) = (start + consumed, 0);
                    if (!head!.IsInterim)
                    {
                        RequireOpen(head.Status, length - start);
                        return;
                    }
                }
                else
                {
                    var read = length < MaxAnswerLength ? await proxy.ReadAsync(buffer.AsMemory(length, MaxAnswerLength - length), cancellation).ConfigureAwait(false) : 0;
                    length += read > 0 ? read : throw new UpstreamRefusedException(Reason.UpstreamProxyFailed); // It has closed, or says too much.
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void RequireOpen(int status, int more)
    {
        if (!Checks.On(Check.UpstreamProxyAnswer))
        {
            return;
        }

        switch (status)
        {
            // Upstreams wait to be spoken to: what comes before that is nobody's answer. RFC 9110, 9.3.6: lengths in this head mean nothing.
            case >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices when more == 0:
                return;
            case StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout:
                throw new UpstreamRefusedException(Reason.UpstreamUnreachable);
            case < StatusCodes.Status300MultipleChoices:
                throw new UpstreamRefusedException(Reason.UpstreamProxyFailed);
            default:
                throw new UpstreamRefusedException(Reason.UpstreamProxyRefused);
        }
    }
}
