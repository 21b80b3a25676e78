namespace IronProxy.Plan;

/// <summary>One credential that a step needs, and where it is read.</summary>
public sealed record CredentialPlan
{
    /// <summary>Its key in proxy.yaml, such as <c>client_id</c>, or the header that it is sent in.</summary>
    public required string Name { get; init; }

    /// <summary>Where the value is read.</summary>
    public required SecretSourcePlan Source { get; init; }
}
