namespace IronProxy.Pipeline;

/// <summary>The connection that a request came in.</summary>
/// <param name="RemoteAddress">Address and port of the workload; null when that is not known.</param>
/// <param name="ServerName">Server name of its TLS handshake; null without one.</param>
/// <param name="Tunnel">Host and port that its tunnel leads to; null outside of tunnels.</param>
public readonly record struct RequestOrigin(string? RemoteAddress, string? ServerName, string? Tunnel);
