using System.Net;

namespace IronProxy.Runtime.Policies;

/// <summary>TLS that is passed through unopened.</summary>
/// <param name="Upstream">The address that it is connected to, under this policy or one before; null when only a proxy on the way knows it.</param>
internal sealed record PassedTls(IPAddress? Upstream);
