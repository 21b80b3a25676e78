using System.Security.Cryptography;
using IronProxy.Pipeline;
using IronProxy.Plan;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Protocols;
using IronProxy.Runtime.Secrets;

namespace IronProxy.Runtime.Clients;

/// <summary>Who asks, told by what it shows: the clients of a policy, with their passwords, which live as other secrets do.</summary>
internal sealed class ClientDirectory
{
    /// <summary>Is compared where there is no client with a user name, so that an answer takes as long as for one that there is.</summary>
    private static readonly string Nobodys = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    private readonly ClientPolicy _policy;
    private readonly WrongPasswords _wrong;
    private readonly Dictionary<string, ILive<SecretValue>> _passwords = new(StringComparer.Ordinal);

    /// <summary>Prepares the clients of a plan.</summary>
    /// <param name="policy">Who they are.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="store">Has their passwords read.</param>
    /// <param name="wrong">Counts passwords that are wrong. It outlives policies.</param>
    public ClientDirectory(ClientPolicy policy, ProxyPlan plan, SecretStore store, WrongPasswords wrong)
    {
        _policy = policy;
        _wrong = wrong;
        foreach (var client in plan.Clients ?? [])
        {
            if (client.Password is { } password)
            {
                _passwords.Add(client.Name, store.Add(password, $"the client {client.Name}", FindProblem));
            }
        }
    }

    /// <summary>Decides who asks, and whether it may.</summary>
    /// <param name="listener">Where it asks.</param>
    /// <param name="evidence">What there is to tell, but for what follows.</param>
    /// <param name="shown">The user name and the password that it shows; null when it shows none.</param>
    /// <param name="cancellation">Gives up while a password is read.</param>
    public async ValueTask<(Reason? Refusal, ClientIdentity? Client)> IdentifyAsync(
        ListenerRole listener, ClientEvidence evidence, ShownCredentials? shown, CancellationToken cancellation)
    {
        if (shown is not null)
        {
            if (!_wrong.MayTry(evidence.Address))
            {
                return (Reason.TooManyWrongPasswords, null);
            }

            try
            {
                evidence = evidence with { HasCredentials = true, CredentialsOf = await OwnerOfAsync(shown, cancellation).ConfigureAwait(false) };
            }
            catch (SecretUnavailableException)
            {
                return (Reason.CredentialUnavailable, null);
            }
        }

        if (evidence is { HasCredentials: true, CredentialsOf: null })
        {
            _wrong.Count(evidence.Address);
        }

        var refusal = _policy.Identify(listener, evidence, out var client);
        return (refusal, client);
    }

    /// <summary>The client whose user name and password they are; null when they are nobody's.</summary>
    private async ValueTask<string?> OwnerOfAsync(ShownCredentials shown, CancellationToken cancellation)
    {
        var client = shown.Username is { } username ? _policy.FindByUsername(username) : null;
        var password = client is null ? Nobodys : (await _passwords[client.Name].GetAsync(cancellation).ConfigureAwait(false)).Reveal();
        return shown.IsPassword(password) ? client?.Name : null;
    }

    /// <summary>Why nobody could show a password (RFC 7617, 2).</summary>
    private static string? FindProblem(SecretValue password) =>
        password.Reveal().Length == 0 ? "is empty, so anybody could show it"
        : password.Reveal().Any(char.IsControl) ? "has a line break or another control character, so no client can show it"
        : null;
}
