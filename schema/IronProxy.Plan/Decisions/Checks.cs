namespace IronProxy.Plan;

/// <summary>
/// The checks of the proxy that an attacker would like to be missing. Each has at least one case in tests/e2e/bypass
/// that fails without it; <c>eng/check-the-checks.sh</c> shows that by switching off one at a time.
/// </summary>
public enum Check
{
    /// <summary>An upper-case token is the only method.</summary>
    MethodToken,

    /// <summary>CONNECT is no request: it has neither a path nor a scheme.</summary>
    ConnectForm,

    /// <summary>TRACE is not forwarded.</summary>
    TraceMethod,

    /// <summary>Host names keep to letters, digits, hyphens and underscores, within their lengths.</summary>
    HostSyntax,

    /// <summary>Numbers that some resolvers read as addresses are no host names.</summary>
    HostAddressNotation,

    /// <summary>The port is a number from 1 to 65535.</summary>
    PortRange,

    /// <summary>The TLS server name is the request's host.</summary>
    SniMatchesHost,

    /// <summary>The tunnel's host is the request's host.</summary>
    TunnelHostMatches,

    /// <summary>The tunnel's port is the request's port.</summary>
    TunnelPortMatches,

    /// <summary>The scheme of an absolute target is the connection's.</summary>
    SchemeMatches,

    /// <summary>An absolute target has no user information.</summary>
    TargetUserinfo,

    /// <summary>Path and query hold only characters that servers read in one way.</summary>
    PathCharacters,

    /// <summary>No dot segments, in any disguise.</summary>
    PathDotSegments,

    /// <summary>No backslashes and no separators that are escaped twice.</summary>
    PathSeparators,

    /// <summary>Every rule answers alike for all readings of a path.</summary>
    PathReadings,

    /// <summary>Policy answers alike for what headers put in the place of method and path.</summary>
    RequestOverrides,

    /// <summary>Header names are tokens and values have no control characters.</summary>
    HeaderSyntax,

    /// <summary>Header names and values keep within their lengths.</summary>
    HeaderLength,

    /// <summary>Chunks, their extensions and trailers are as RFC 9112 writes them.</summary>
    ChunkSyntax,

    /// <summary>Transfer-Encoding and Content-Length do not meet.</summary>
    FramingConflict,

    /// <summary>Transfer-Encoding is <c>chunked</c>, once, on HTTP/1.1.</summary>
    TransferCoding,

    /// <summary>HTTP/2 requests have no headers of a connection.</summary>
    Http2ConnectionHeaders,

    /// <summary>HTTP/2 frames that only make work are limited.</summary>
    Http2Floods,

    /// <summary>Content-Length is digits.</summary>
    ContentLengthDigits,

    /// <summary>Lines of a request head end with CR LF.</summary>
    BareLineFeed,

    /// <summary>A body that a step needs whole stays within its limit.</summary>
    BodyLimit,

    /// <summary>A head stays within its limit when a secret is swapped into it.</summary>
    HeadLimit,
    /// <summary>All bodies that are held in memory stay within one limit.</summary>
    BufferedBodies,

    /// <summary>A client that stops sending or taking a body is not waited for.</summary>
    StalledClients,

    /// <summary>A body that must be scanned has a content coding that can be read.</summary>
    BodyEncoding,

    /// <summary>The policy is asked before a tunnel is opened.</summary>
    TunnelPolicy,

    /// <summary>Where clients are listed, the tunnel listener serves nobody else.</summary>
    ClientRequired,

    /// <summary>A user name and password that are no client's are refused, whatever else would name somebody.</summary>
    ClientCredentials,

    /// <summary>An address that has shown too many wrong passwords has none compared for a while.</summary>
    WrongPasswords,

    /// <summary>The certificate of a client is verified.</summary>
    ClientCertificateChain,

    /// <summary>A certificate that is no client's is refused, whatever else would name somebody.</summary>
    ClientCertificates,

    /// <summary>A rule that names clients matches no request of others.</summary>
    ClientRules,

    /// <summary>What a client shows to the proxy is seen by no step.</summary>
    ClientCredentialsHidden,

    /// <summary>A request must match a rule of every allowlist.</summary>
    Allowlist,

    /// <summary>Resolved addresses are compared with the denied networks.</summary>
    UpstreamDenyCidrs,

    /// <summary>The proxy's own listeners are never dialled.</summary>
    UpstreamOwnListeners,

    /// <summary>A name that is handed to a proxy on the way to the upstream does not lead to a network that is never dialled.</summary>
    UpstreamProxyNames,

    /// <summary>A tunnel through such a proxy is open when the proxy says so, and not before.</summary>
    UpstreamProxyAnswer,

    /// <summary>The upstream's certificate is verified.</summary>
    UpstreamCertificate,

    /// <summary>Headers that belong to one connection are not forwarded.</summary>
    HopByHopHeaders,

    /// <summary>The handshake of a WebSocket announces no body.</summary>
    WebSocketLength,

    /// <summary>A connection becomes a WebSocket only when the upstream has understood that it should.</summary>
    WebSocketAccept,

    /// <summary>A WebSocket whose messages are inspected has no extension that changes them.</summary>
    WebSocketExtensions,

    /// <summary>Frames of a WebSocket whose messages are inspected have no bits of an extension.</summary>
    WebSocketFrameBits,

    /// <summary>Leaf certificates are minted for valid host names only.</summary>
    LeafNames,

    /// <summary>The server name of TLS that is passed through is the tunnel's host.</summary>
    PassedServerName,

    /// <summary>TLS that has an encrypted server name is not passed through.</summary>
    HiddenServerName,

    /// <summary>TLS 1.2 has suites with forward secrecy and authenticated encryption alone.</summary>
    TlsSuites,

    /// <summary>A secret is not sent without TLS.</summary>
    SecretPlaintext,

    /// <summary>A placeholder is swapped only where the secret's rules match.</summary>
    SecretScope,

    /// <summary>A request without the required placeholder is denied.</summary>
    SecretRequired,

    /// <summary>A value that an upstream sends back is taken out of the response.</summary>
    ResponseScrubbed,

    /// <summary>With <c>scrub_strict</c>, a response that cannot be searched is refused.</summary>
    ResponseSearchable,

    /// <summary>A message to an MCP server that is not allowed, or could be read as another one, is not sent.</summary>
    McpMessages,

    /// <summary>What may not be used of an MCP server is not listed.</summary>
    McpLists,

    /// <summary>A call of JSON-RPC that is not allowed, or could be read as another one, is not sent.</summary>
    JsonRpcCalls,

    /// <summary>An operation of GraphQL that is not allowed, or could be read as another one, is not sent.</summary>
    GraphqlOperations,

    /// <summary>DNS questions for types that could carry data out get no upstream answer.</summary>
    DnsTypes,

    /// <summary>DNS names that no pattern passes through are answered here.</summary>
    DnsInterception,

    /// <summary>With <c>dns.deny_unlisted</c>, names that no allowlist could let through do not exist.</summary>
    DnsUnlisted,
}

/// <summary>
/// Whether a check is made. In every build that ships the answer is the constant true; only a build with
/// CHECK_SWITCHES, which the bypass tests make for themselves, can leave one out.
/// </summary>
public static class Checks
{
#if CHECK_SWITCHES
#pragma warning disable RS0030 // A build for tests only; the environment is how they switch.
    private static readonly string? Off = Environment.GetEnvironmentVariable("IRON_CHECK_OFF");
#pragma warning restore RS0030

    /// <summary>Whether the check is made.</summary>
    public static bool On(Check check) => !string.Equals(check.ToString(), Off, StringComparison.Ordinal);
#else
    /// <summary>Whether the check is made: always.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    public static bool On(Check check) => true;
#endif
}
