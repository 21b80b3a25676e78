using System.Text;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Sections.Proxy;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Clients;

/// <summary>Checks proxy.clients. What two clients have in common tells nobody apart.</summary>
/// <param name="proxy">The section that they are in.</param>
/// <param name="context">What is known of the file.</param>
internal sealed class ClientsValidator(ProxyConfig proxy, ValidationContext context)
{
    /// <summary>RFC 1929, 2: its length is one byte.</summary>
    private const int MaxUsernameBytes = 255;

    private const int MaxNameLength = 64;

    // What is taken, with the line of its first client.
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _usernames = new(StringComparer.Ordinal);
    private readonly Dictionary<ClientCertificatePlan, int> _certificates = [];
    private readonly Dictionary<string, int> _networks = new(StringComparer.Ordinal);

    public void Validate(LocatedList<ClientConfig> clients)
    {
        foreach (var client in clients.Items)
        {
            ValidateName(client);
            ValidatePassword(client);
            ValidateCertificate(client);
            ValidateNetworks(client);
            if (!client.Has("password") && !client.Has("certificate") && !client.Has("networks") && !context.Structure.IsBroken(client))
            {
                context.Bag.ClientWithoutProof(client.Span);
            }
        }
    }

    private void ValidateName(ClientConfig client)
    {
        if (client.Name is not { } name || !context.RequireText(name, "the name"))
        {
            return;
        }

        if (!IsName(name.Value))
        {
            context.Bag.ClientNameInvalid(name.Span, name.Value);
        }

        if (!_names.TryAdd(name.Value, name.Span.Line))
        {
            context.Bag.ClientRepeated(name.Span, name.Value, _names[name.Value]);
        }
    }

    private static bool IsName(string name) =>
        name.Length <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private void ValidatePassword(ClientConfig client)
    {
        SourceValidator.Validate(client.Password, context);
        if (client.Username is { } username)
        {
            ValidateUsername(username);
        }

        if (!client.Has("password"))
        {
            if (client.Has("username") && !context.Structure.IsBroken(client))
            {
                context.Bag.ClientUsernameAlone(client.KeySpan("username"));
            }

            return;
        }

        RequireTunnel(client, "password");

        if ((client.Username ?? client.Name) is { Value: not "" } shown && !_usernames.TryAdd(shown.Value, shown.Span.Line) && !IsRepeated(client))
        {
            context.Bag.ClientProofTaken(shown.Span, $"the user name {Quote.Of(shown.Value)}", _usernames[shown.Value], "give each client a user name of its own");
        }
    }

    private void RequireTunnel(ClientConfig client, string key)
    {
        if (proxy.TunnelListen is not { Value: not "" })
        {
            context.Bag.ClientNeedsTunnel(client.KeySpan(key), $"a {key}");
        }
    }

    /// <summary>What a certificate is asked for, by its kind.</summary>
    public static IEnumerable<(string Kind, Located<string> Value)> PartsOf(ClientCertificateConfig config)
    {
        (string Kind, Located<string>? Value)[] all =
        [
            (ClientCertificatePlan.Dns, config.Dns),
            (ClientCertificatePlan.Uri, config.Uri),
            (ClientCertificatePlan.Email, config.Email),
            (ClientCertificatePlan.CommonName, config.CommonName),
            (ClientCertificatePlan.Sha256, config.Sha256),
        ];
        foreach (var (kind, value) in all)
        {
            if (value is { } text)
            {
                yield return (kind, text);
            }
        }
    }

    private void ValidateCertificate(ClientConfig client)
    {
        if (client.Certificate is not { } certificate)
        {
            return;
        }

        RequireTunnel(client, "certificate");
        if (proxy.TunnelListen is { Value: not "" } && proxy.TunnelTls?.Has("client_ca") != true && (proxy.TunnelTls is null ? !proxy.Has("tunnel_tls") : !context.Structure.IsBroken(proxy.TunnelTls)))
        {
            context.Bag.ClientCertificateUnasked(client.KeySpan("certificate"));
        }

        var parts = PartsOf(certificate).ToArray();
        if (certificate.Node.Entries.Count(e => ClientCertificatePlan.Kinds.Contains(e.Key.Value) && !e.Value.IsNull) != 1 && !context.Structure.IsBroken(certificate))
        {
            context.Bag.ClientCertificateUnclear(certificate.Span);
        }

        foreach (var (kind, value) in parts)
        {
            if (context.RequireText(value, "what the certificate says") && ClientCertificateText.Parse(kind, value, context.Bag) is { } canonical
                && !_certificates.TryAdd(new ClientCertificatePlan(kind, canonical), value.Span.Line))
            {
                context.Bag.ClientProofTaken(value.Span, $"a certificate with {kind} {Quote.Of(canonical)}", _certificates[new ClientCertificatePlan(kind, canonical)], "name each client by what its certificate alone says");
            }
        }
    }

    private void ValidateUsername(Located<string> username)
    {
        if (!context.RequireText(username, "the user name"))
        {
            return;
        }

        // RFC 7617, 2: what stands behind the first colon is the password.
        if (username.Value.Contains(':', StringComparison.Ordinal))
        {
            context.Bag.ClientUsernameInvalid(username.Span, "has a colon, and the password would begin behind it");
        }
        else if (Encoding.UTF8.GetByteCount(username.Value) > MaxUsernameBytes)
        {
            context.Bag.ClientUsernameInvalid(username.Span, $"is longer than {MaxUsernameBytes} bytes, and SOCKS5 cannot carry it");
        }
    }

    private void ValidateNetworks(ClientConfig client)
    {
        context.RequireValue(client, "networks", "every network or none");
        context.RequireItems(client, "networks", "network");
        foreach (var network in client.Networks?.Items ?? [])
        {
            if (NetworkText.Parse(network, context.Bag) is { } canonical && !_networks.TryAdd(canonical, network.Span.Line))
            {
                context.Bag.ClientProofTaken(network.Span, $"the network {canonical}", _networks[canonical], "name each network once; of networks within each other the most specific counts");
            }
        }
    }

    /// <summary>A client that is there twice has its user name twice as well, of which no more needs to be said.</summary>
    private bool IsRepeated(ClientConfig client) => client.Username is null && client.Name is { } name && _names[name.Value] != name.Span.Line;
}
