using IronProxy.Pipeline;

namespace IronProxy.Runtime.Upstream;

/// <summary>What a proxy on the way to the upstream is shown.</summary>
/// <param name="Username">The user name.</param>
/// <param name="Password">The password.</param>
internal sealed record ProxyCredentials(string Username, SecretValue Password);
