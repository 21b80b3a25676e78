using System.Collections.Immutable;
using System.Net;

namespace IronProxy.Plan;

/// <summary>What there is to tell who asks.</summary>
/// <param name="Address">The address that it asks from.</param>
public readonly record struct ClientEvidence(IPAddress Address)
{
    /// <summary>What its certificate says, which one of the CAs has signed. Null when it showed none.</summary>
    public ShownCertificate? Certificate { get; init; }

    /// <summary>Whether it showed a user name and a password.</summary>
    public bool HasCredentials { get; init; }

    /// <summary>The client whose user name and password they are. Null when they are nobody's.</summary>
    public string? CredentialsOf { get; init; }
}

/// <summary>What a certificate says of its owner.</summary>
/// <param name="Names">All of it, in the form in which plans ask for it.</param>
public sealed record ShownCertificate(ImmutableArray<ClientCertificatePlan> Names);
