using IronProxy.Plan;

namespace IronProxy.Runtime.Upstream;

/// <summary>Where a request is sent (RFC 6454): what shares an origin may share a connection.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">The host.</param>
/// <param name="Port">The port.</param>
internal readonly record struct UpstreamOrigin(string Scheme, CanonicalHost Host, int Port)
{
    public bool IsTls => Scheme == "https";

    public static UpstreamOrigin Of(CanonicalRequest request) => new(request.Scheme!, request.Host, request.Port); // Null for tunnels alone.
}
