using System.Collections.Immutable;

namespace IronProxy.Runtime.Protocols.Tls;

/// <summary>What the proxy reads of a TLS ClientHello.</summary>
/// <param name="ServerName">The server name as it was sent, or null without one. It is printable ASCII, and not yet canonical.</param>
/// <param name="Alpn">The protocols that the client offers, in its order; empty without the extension.</param>
/// <param name="OffersTls13">Whether TLS 1.3 is among the versions that the client offers.</param>
/// <param name="HidesServerName">
/// Whether an encrypted server name is inside (RFC 9849, and its drafts), which only the server can read: the one outside may be a mask. A client that has
/// nothing to hide may send noise in its place, which looks alike.
/// </param>
public sealed record ClientHello(string? ServerName, ImmutableArray<string> Alpn, bool OffersTls13, bool HidesServerName);
