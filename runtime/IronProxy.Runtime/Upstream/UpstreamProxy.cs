using System.Text;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Protocols.Socks5;

namespace IronProxy.Runtime.Upstream;

/// <summary>A proxy on the way to upstreams, and what it is shown.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Username">The user name that it is shown; null for none.</param>
/// <param name="Password">The password of that.</param>
internal sealed record UpstreamProxy(UpstreamProxyAddress Address, string? Username, ILive<SecretValue>? Password)
{
    /// <summary>What it is shown; null for nothing.</summary>
    /// <exception cref="UpstreamRefusedException">The password cannot be read any more.</exception>
    public async ValueTask<ProxyCredentials?> CredentialsAsync(CancellationToken cancellation)
    {
        if (Username is not { } username || Password is not { } password)
        {
            return null;
        }

        try
        {
            return new ProxyCredentials(username, await password.GetAsync(cancellation).ConfigureAwait(false));
        }
        catch (SecretUnavailableException e)
        {
            throw new UpstreamRefusedException(Reason.CredentialUnavailable, e);
        }
    }

    /// <summary>Why a user name or a password cannot be sent; null when it can.</summary>
    /// <param name="text">The name or the password.</param>
    /// <param name="isSocks">Whether a proxy that speaks SOCKS5 is shown it.</param>
    public static string? FindProblem(string text, bool isSocks) =>
        text.Any(char.IsControl) ? "has a line break or another control character, so it cannot be sent to a proxy"
        : isSocks && Encoding.UTF8.GetByteCount(text) > Socks5ClientMessages.MaxCredentialBytes
            ? $"is longer than {Socks5ClientMessages.MaxCredentialBytes} bytes, so it cannot be sent to a SOCKS5 proxy"
        : null;
}
