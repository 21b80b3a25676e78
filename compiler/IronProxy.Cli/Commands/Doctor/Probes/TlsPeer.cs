using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>A TLS connection to whoever answers, and what its certificate says.</summary>
internal sealed class TlsPeer : IAsyncDisposable
{
    private TlsPeer(SslStream stream) => Stream = stream;

    public SslStream Stream { get; }

    /// <summary>Whether this machine's own trust store accepts the certificate, for the name that was asked for.</summary>
    public bool TrustedBySystem { get; private set; }

    /// <summary>Whether the proxy's CA has signed it. Null when the CA is not known.</summary>
    public bool? SignedByCa { get; private set; }

    /// <summary>Whether it names the host that was asked for.</summary>
    public bool NamesHost { get; private set; }

    /// <summary>Who has signed it, as it says itself.</summary>
    public string Issuer { get; private set; } = "nobody";

    public static async Task<TlsPeer> OpenAsync(Stream transport, string name, X509Certificate2? ca, CancellationToken cancellation)
    {
        var peer = new TlsPeer(new SslStream(transport, leaveInnerStreamOpen: true));
        try
        {
            await peer.Stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },

#pragma warning disable CA5359 // Any certificate will do: which one it is, is the question, and nothing secret is sent.
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    {
                        if (certificate is X509Certificate2 leaf)
                        {
                            peer.TrustedBySystem = errors == SslPolicyErrors.None;
                            peer.NamesHost = leaf.MatchesHostname(name);
                            peer.Issuer = leaf.Issuer;
                            peer.SignedByCa = ca is null ? null : IsSignedBy(leaf, ca);
                        }

                        return true;
                    },
#pragma warning restore CA5359
                },
                cancellation);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    private static bool IsSignedBy(X509Certificate2 leaf, X509Certificate2 ca)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(leaf);
    }
}
