namespace IronProxy.Plan;

/// <summary>A Secret of Kubernetes that is read by the API of the cluster.</summary>
/// <param name="Namespace">Its namespace; null for that of the proxy's pod.</param>
/// <param name="Name">Its name.</param>
public sealed record ClusterSecret(string? Namespace, string Name);
