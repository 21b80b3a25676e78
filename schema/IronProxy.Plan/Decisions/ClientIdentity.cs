namespace IronProxy.Plan;

/// <summary>What named a client.</summary>
public enum ClientProof
{
    /// <summary>Its certificate.</summary>
    Certificate,

    /// <summary>Its user name and password.</summary>
    Password,

    /// <summary>The network that it asks from.</summary>
    Network,
}

/// <summary>Who asks.</summary>
/// <param name="Name">The client's name in proxy.yaml.</param>
/// <param name="By">What named it.</param>
public sealed record ClientIdentity(string Name, ClientProof By)
{
    /// <summary>The proof in audit records: <c>certificate</c>, <c>password</c> or <c>network</c>.</summary>
    public string ByName => By switch
    {
        ClientProof.Certificate => "certificate",
        ClientProof.Password => "password",
        ClientProof.Network => "network",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
