using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace IronProxy.Plan;

/// <summary>
/// Decides who asks. What is shown and is nobody's is refused, whatever else would name somebody; then a certificate counts for more than a password, and both
/// for more than a network. What that costs does not grow with the clients. It never changes.
/// </summary>
public sealed class ClientPolicy
{
    private readonly FrozenDictionary<string, ClientPlan> _byName;
    private readonly FrozenDictionary<string, ClientPlan> _byUsername;
    private readonly FrozenDictionary<ClientCertificatePlan, ClientPlan> _byCertificate;
    private readonly FrozenDictionary<IPNetwork, ClientPlan> _byNetwork;

    // The longest first: the most specific network is the one that counts.
    private readonly ImmutableArray<int> _lengths4;
    private readonly ImmutableArray<int> _lengths6;

    /// <summary>Prepares the clients of a plan.</summary>
    /// <exception cref="PlanException">Two clients are told apart by nothing, or a network is none.</exception>
    public ClientPolicy(ImmutableArray<ClientPlan> clients)
    {
        _byName = Index<string>(clients, static c => [c.Name]);
        _byUsername = Index<string>(clients, static c => c.Username is { } username ? [username] : []);
        _byCertificate = Index<ClientCertificatePlan>(clients, static c => c.Certificate is { } certificate ? [certificate] : []);
        _byNetwork = Index(clients, static c => (c.Networks ?? []).Select(Parse));
        _lengths4 = LengthsOf(AddressFamily.InterNetwork);
        _lengths6 = LengthsOf(AddressFamily.InterNetworkV6);
    }

    /// <summary>Whether some client has a password, so that it is worth asking for one.</summary>
    public bool TakesPasswords => _byUsername.Count > 0;

    /// <summary>Whether some client has a certificate, so that it is worth asking for one.</summary>
    public bool TakesCertificates => _byCertificate.Count > 0;

    /// <summary>The client with a name. Null when there is none.</summary>
    public ClientPlan? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The client that shows a user name. Null when none does.</summary>
    public ClientPlan? FindByUsername(string username) => _byUsername.GetValueOrDefault(username);

    /// <summary>Decides who asks, and whether it may.</summary>
    /// <param name="listener">Where it asks. What is intercepted comes from programs that cannot be asked; a proxy's own clients can.</param>
    /// <param name="evidence">What there is to tell.</param>
    /// <param name="client">Who it is; null when that is not known.</param>
    /// <returns>Null, or why it is refused.</returns>
    public Reason? Identify(ListenerRole listener, in ClientEvidence evidence, out ClientIdentity? client)
    {
        client = null;
        if (FindByCertificate(evidence.Certificate, out var certified) is { } unknown)
        {
            return unknown;
        }

        if (evidence is { HasCredentials: true, CredentialsOf: null } && Checks.On(Check.ClientCredentials))
        {
            return Reason.ClientCredentialsWrong;
        }

        if (certified is not null && evidence.CredentialsOf is { } other && certified != other)
        {
            return Reason.ClientMismatch;
        }

        client = certified is not null ? new ClientIdentity(certified, ClientProof.Certificate)
            : evidence.CredentialsOf is { } name ? new ClientIdentity(name, ClientProof.Password)
            : FindByNetwork(evidence.Address) is { } near ? new ClientIdentity(near, ClientProof.Network)
            : null;
        return Require(listener, client?.Name);
    }

    /// <summary>Decides who is at the other end of what was opened by this policy or one before. A password that has changed since is not asked for again.</summary>
    /// <param name="opened">Who it was then; null when nobody was asked.</param>
    /// <param name="evidence">What there is to tell.</param>
    /// <returns>Null when that is not known any more.</returns>
    public ClientIdentity? Recall(ClientIdentity? opened, in ClientEvidence evidence)
    {
        var credentialsOf = opened is { By: ClientProof.Password } && Find(opened.Name)?.Password is not null ? opened.Name : null;
        return Identify(ListenerRole.Http, evidence with { HasCredentials = credentialsOf is not null, CredentialsOf = credentialsOf }, out var client) is null ? client : null;
    }

    /// <summary>Whether somebody may ask, known or not.</summary>
    /// <returns>Null, or why it may not.</returns>
    internal static Reason? Require(ListenerRole listener, string? client) =>
        client is null && listener == ListenerRole.Tunnel && Checks.On(Check.ClientRequired) ? Reason.ClientRequired : null;

    /// <summary>The client whose network an address is in. Null when there is none.</summary>
    public string? FindByNetwork(IPAddress address)
    {
        address = CanonicalHost.Unmap(address);
        foreach (var length in address.AddressFamily == AddressFamily.InterNetwork ? _lengths4 : _lengths6)
        {
            if (_byNetwork.TryGetValue(NetworkOf(address, length), out var client))
            {
                return client.Name;
            }
        }

        return null;
    }

    private Reason? FindByCertificate(ShownCertificate? certificate, out string? client)
    {
        client = null;
        if (certificate is null || !TakesCertificates)
        {
            return null;
        }

        foreach (var name in certificate.Names)
        {
            if (_byCertificate.TryGetValue(name, out var owner))
            {
                if (client is not null && client != owner.Name)
                {
                    client = null;
                    return Reason.ClientCertificateUnknown; // It is two clients' at once.
                }

                client = owner.Name;
            }
        }

        return client is null && Checks.On(Check.ClientCertificates) ? Reason.ClientCertificateUnknown : null;
    }

    private ImmutableArray<int> LengthsOf(AddressFamily family) =>
        [.. _byNetwork.Keys.Where(n => n.BaseAddress.AddressFamily == family).Select(n => n.PrefixLength).Distinct().OrderDescending()];

    private static IPNetwork NetworkOf(IPAddress address, int length)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var count);
        bytes = bytes[..count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] &= (byte)(0xff << (8 - Math.Clamp(length - (i * 8), 0, 8)));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    private static IPNetwork Parse(string network) =>
        IPNetwork.TryParse(network, out var parsed) ? parsed : throw new PlanException($"The plan is damaged: {network} is not a network.");

    private static FrozenDictionary<TKey, ClientPlan> Index<TKey>(ImmutableArray<ClientPlan> clients, Func<ClientPlan, IEnumerable<TKey>> keysOf)
        where TKey : notnull
    {
        var index = new Dictionary<TKey, ClientPlan>();
        foreach (var client in clients)
        {
            foreach (var key in keysOf(client))
            {
                if (!index.TryAdd(key, client))
                {
                    throw new PlanException($"The plan is damaged: the client {client.Name} and another one are told apart by nothing.");
                }
            }
        }

        return index.ToFrozenDictionary();
    }
}
