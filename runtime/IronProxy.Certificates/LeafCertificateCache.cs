using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Certificates;

/// <summary>
/// The TLS contexts of all leaves. It keeps contexts and not just certificates: a TLS session can be resumed only with the
/// very context that began it, and a new one costs as much as several handshakes.
/// </summary>
public sealed class LeafCertificateCache
{
    /// <summary>
    /// A denied client gets a certificate too, so that it can read why it is denied. What it can spend by asking for random
    /// names is bounded: these neither push out the names in use nor take the CPU from them, and they have half the rate, beside that
    /// of names that are allowed.
    /// </summary>
    private const int DeniedCapacity = 64;
    private const double DeniedShare = 0.5;

    /// <summary>A leaf is replaced a little before its end, so that no client sees an expired one.</summary>
    private const double UsedShareOfLife = 0.9;

    private readonly CertificateAuthority _ca;
    private readonly LeafIssuer _issuer;
    private readonly TimeProvider _time;
    private readonly LeafStore _leaves;
    private readonly LeafStore _denied;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="ca">Signs the leaves. It must live as long as the cache is asked.</param>
    /// <param name="capacity">How many leaves are kept; the one that was not used for the longest time goes first.</param>
    /// <param name="validity">How long a leaf is valid.</param>
    /// <param name="newPerMinute">How many leaves are minted in a minute, at once or one by one.</param>
    /// <param name="time">The clock.</param>
    public LeafCertificateCache(CertificateAuthority ca, int capacity, TimeSpan validity, int newPerMinute, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(newPerMinute, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(validity, TimeSpan.Zero);
        _ca = ca;
        _issuer = new LeafIssuer(ca, validity, time);
        _time = time;
        _leaves = new LeafStore(capacity, time, Mint, PerMinute(newPerMinute, time));
        _denied = new LeafStore(DeniedCapacity, time, Mint, PerMinute(newPerMinute * DeniedShare, time));
    }

    /// <summary>The context of a name, minted when it is not there. Callers for one name wait for one minting.</summary>
    /// <param name="name">The host name or address.</param>
    /// <param name="denied">Whether policy denies the name, whatever will be asked of it.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the minting goes on for the others.</param>
    /// <exception cref="LeafRateLimitException">Too many new names.</exception>
    /// <exception cref="CertificateAuthorityException">The CA has expired.</exception>
    public ValueTask<SslStreamCertificateContext> GetAsync(LeafName name, bool denied, CancellationToken cancellationToken)
    {
        if (!denied)
        {
            return _leaves.GetAsync(name, cancellationToken);
        }

        return _leaves.TryGet(name) is { } context
            ? ValueTask.FromResult(context)
            : _denied.GetAsync(name, cancellationToken);
    }

    private static TokenBucket PerMinute(double leaves, TimeProvider time) => new(leaves / 60, Math.Max(1, leaves), time);

    private MintedLeaf Mint(LeafName name)
    {
        var now = _time.GetUtcNow();

        // Not disposed when it leaves the cache: handshakes may still use it, and the finalizer knows when none does.
        var certificate = _issuer.Issue(name);
        var issuers = new X509Certificate2Collection { _ca.Certificate };
        issuers.AddRange(_ca.Issuers.AsSpan().ToArray());
        var context = SslStreamCertificateContext.Create(certificate, issuers, offline: true);
        var life = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) - now;
        return new MintedLeaf(context, now + (life * UsedShareOfLife));
    }
}
