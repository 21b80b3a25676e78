namespace IronProxy.Runtime.Dns;

/// <summary>A question was not asked, because the client has its share of lookups under way.</summary>
public sealed class TooManyLookupsException() : DnsUpstreamException("Too many lookups of this client are under way.");
