using System.Security.Cryptography.X509Certificates;
using IronProxy.Plan;

namespace IronProxy.Runtime.Clients;

/// <summary>
/// The certificate that a client showed in TLS of the tunnel listener. It was verified then, and is again when another policy has other CAs: one that is good no more
/// is nobody's.
/// </summary>
internal sealed class ClientCertificate
{
    private static readonly ShownCertificate Nobodys = new([]);

    private readonly ShownCertificate _shown;
    private readonly byte[] _certificate;
    private readonly byte[][] _others;
    private Verification _last;

    /// <summary>Takes a certificate that was verified.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="others">Those that lead from it to its CA.</param>
    /// <param name="cas">The CAs.</param>
    public ClientCertificate(X509Certificate2 certificate, IEnumerable<X509Certificate2> others, ClientCas cas)
    {
        _shown = ClientCertificateReader.Read(certificate);
        _certificate = certificate.RawData;
        _others = [.. others.Select(o => o.RawData)];
        _last = new Verification(cas, IsGood: true);
    }

    /// <summary>What it says to a policy with these CAs; of nobody, when none of them vouches for it.</summary>
    public ShownCertificate For(ClientCas? cas)
    {
        var last = Volatile.Read(ref _last);
        if (!ReferenceEquals(last.Cas, cas) && Checks.On(Check.ClientCertificateChain))
        {
            last = new Verification(cas, cas is not null && (cas.AreThoseOf(last.Cas) ? last.IsGood : IsVouchedFor(cas)));
            Volatile.Write(ref _last, last);
        }

        return last.IsGood ? _shown : Nobodys;
    }

    private bool IsVouchedFor(ClientCas cas)
    {
        using var chain = new X509Chain { ChainPolicy = cas.ChainPolicy() };
        using var certificate = X509CertificateLoader.LoadCertificate(_certificate);
        foreach (var other in _others)
        {
            chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(other));
        }

        try
        {
            return chain.Build(certificate);
        }
        finally
        {
            foreach (var other in chain.ChainPolicy.ExtraStore)
            {
                other.Dispose();
            }
        }
    }

    private sealed record Verification(ClientCas? Cas, bool IsGood);
}
