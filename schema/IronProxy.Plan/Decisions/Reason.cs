using System.Collections.Frozen;

namespace IronProxy.Plan;

/// <summary>
/// Why a request was refused or denied. Codes are stable: clients, audit records and <c>ironc explain</c> carry them.
/// </summary>
public sealed class Reason
{
    private static readonly List<Reason> Registry = [];

#pragma warning disable CS1591 // Each sentence below says what its reason means.
    // Policy said no.
    public static readonly Reason HostNotAllowed = New("host_not_allowed", 403, "no rule allows this host");
    public static readonly Reason RequestNotAllowed = New("request_not_allowed", 403, "rules name this host, but none allows this request");
    public static readonly Reason NotPassedThrough = New("not_passed_through", 403, "the policy was changed, and no longer passes the TLS of this host through");
    public static readonly Reason NoAllowlist = New("no_allowlist", 403, "the policy has no allowlist, so nothing is allowed");
    public static readonly Reason SecretRequired = New("secret_required", 403, "the placeholder of a required secret is missing");
    public static readonly Reason SecretOverPlaintext = New("secret_over_plaintext", 403, "a secret would travel over http without TLS");
    public static readonly Reason SecretBeyondAscii = New("secret_beyond_ascii", 403, "the placeholder is in a header, and its secret has characters that headers cannot carry");
    public static readonly Reason TokenRequired = New("token_required", 403, "the request does not carry the stub token of a required credential");
    public static readonly Reason RegionNotAllowed = New("region_not_allowed", 403, "the request is signed for a region that its credentials are not for");
    public static readonly Reason ServiceNotAllowed = New("service_not_allowed", 403, "the request is signed for a service that its credentials are not for");
    public static readonly Reason ToolNotAllowed = New("tool_not_allowed", 200, "a tool call is not allowed; the answer is a JSON-RPC error");
    public static readonly Reason PromptNotAllowed = New("prompt_not_allowed", 200, "a prompt is not allowed; the answer is a JSON-RPC error");
    public static readonly Reason ResourceNotAllowed = New("resource_not_allowed", 200, "a resource is not allowed; the answer is a JSON-RPC error");
    public static readonly Reason RpcMethodNotAllowed = New("rpc_method_not_allowed", 200, "a method of JSON-RPC is not allowed; the answer is a JSON-RPC error");
    public static readonly Reason GraphqlNotAllowed = New("graphql_not_allowed", 200, "a field of GraphQL is not allowed; the answer is an error of GraphQL");
    public static readonly Reason GraphqlTooLarge = New("graphql_too_large", 200, "the operation is deeper, or selects more, than the policy lets it; the answer is an error of GraphQL");
    public static readonly Reason PersistedQueryUnknown = New("persisted_query_unknown", 200, "the hash of a persisted query is not listed; the answer is an error of GraphQL");
    public static readonly Reason TransformRejected = New("transform_rejected", 403, "the server of a grpc transform rejected the request or its response");
    public static readonly Reason JudgeDenied = New("judge_denied", 403, "the language model of a judge denied the request");
    public static readonly Reason JudgeUnavailable = New("judge_unavailable", 403, "the language model of a judge gave no verdict, and such requests are denied");
    public static readonly Reason UpstreamDenied = New("upstream_denied", 403, "the host resolves to a network that the proxy never dials");

    // Who asks. docs/clients.md says how a client is told.
    public static readonly Reason ClientRequired = New("client_required", 407, "the request does not show which client it comes from");
    public static readonly Reason ClientCredentialsWrong = New("client_credentials_wrong", 407, "the user name or the password that the client shows is wrong");
    public static readonly Reason ClientCertificateInvalid = New("client_certificate_invalid", 400, "the certificate that the client shows has expired, is not for clients, or is of no CA that the policy names");
    public static readonly Reason ClientCertificateUnknown = New("client_certificate_unknown", 403, "the certificate that the client shows is no client's, or that of several");
    public static readonly Reason ClientMismatch = New("client_mismatch", 403, "the client's certificate and its password are those of two clients");

    // The request has no single meaning, so no policy was asked.
    public static readonly Reason MalformedRequest = New("malformed_request", 400, "the request is not well-formed HTTP");
    public static readonly Reason InvalidMethod = New("invalid_method", 400, "methods are upper-case tokens");
    public static readonly Reason UnsupportedMethod = New("unsupported_method", 405, "the method is not served: TRACE sends back what it was sent, secrets among it");
    public static readonly Reason InvalidHost = New("invalid_host", 400, "the host is not a valid name or address");
    public static readonly Reason AmbiguousAddress = New("ambiguous_address", 400, "the host looks like an address in an unusual notation");
    public static readonly Reason InvalidPort = New("invalid_port", 400, "the port is not a number from 1 to 65535");
    public static readonly Reason MissingHost = New("missing_host", 400, "the request names no host");
    public static readonly Reason AuthorityMismatch = New("authority_mismatch", 400, "the tunnel's target, the TLS server name and the request's host disagree");
    public static readonly Reason SchemeMismatch = New("scheme_mismatch", 400, "the target's scheme is not the one that the connection uses");
    public static readonly Reason UnsupportedTarget = New("unsupported_target", 400, "the request target has a form that this listener does not serve");
    public static readonly Reason UserinfoInTarget = New("userinfo_in_target", 400, "the request target carries user information");
    public static readonly Reason InvalidPath = New("invalid_path", 400, "the path or query has a character or an escape that is not allowed");
    public static readonly Reason DotSegment = New("dot_segment", 400, "the path has a dot segment, written plainly or disguised");
    public static readonly Reason EncodedSeparator = New("encoded_separator", 400, "the path has a backslash, or a separator that hides a dot segment or is escaped twice");
    public static readonly Reason AmbiguousPath = New("ambiguous_path", 400, "servers may read the path in different ways, and a rule answers differently for them");
    public static readonly Reason AmbiguousOverride = New("ambiguous_override", 400, "a header overrides the method or path, and policy answers differently for what it says");
    public static readonly Reason InvalidHeader = New("invalid_header", 400, "a header name or value has a character that is not allowed");
    public static readonly Reason AmbiguousFraming = New("ambiguous_framing", 400, "the headers disagree about where the body ends");
    public static readonly Reason UnsupportedTransferCoding = New("unsupported_transfer_coding", 400, "chunked is the only transfer coding that is accepted, once, on HTTP/1.1");
    public static readonly Reason MalformedBody = New("malformed_body", 400, "the body's framing is broken");
    public static readonly Reason MissingSigv4 = New("missing_sigv4", 400, "the request has no AWS signature (SigV4) that could be made again");
    public static readonly Reason UnsupportedSigv4a = New("unsupported_sigv4a", 400, "the request is signed with SigV4A (AWS4-ECDSA-P256-SHA256), which is not made again");
    public static readonly Reason UnsupportedPayloadSignature = New("unsupported_payload_signature", 400, "the parts of the body are signed in a way that is not made again");
    public static readonly Reason ChunkedBodyNotAllowed = New("chunked_body_not_allowed", 400, "a body without a known length is not signed");
    public static readonly Reason BodyMissing = New("body_missing", 400, "the head announces a body to be signed, and nothing of it came");
    public static readonly Reason BodyTruncated = New("body_truncated", 413, "less of the body to be signed came than the head announces");
    public static readonly Reason BodyReadFailed = New("body_read_failed", 400, "the body to be signed could not be read");
    public static readonly Reason MalformedMcp = New("malformed_mcp", 400, "the body is no JSON-RPC message, or could be read as another one");
    public static readonly Reason MalformedJsonRpc = New("malformed_json_rpc", 400, "the request is no JSON-RPC 2.0 call by POST, or could be read as another one");
    public static readonly Reason MalformedGraphql = New("malformed_graphql", 400, "the request is no operation of GraphQL, or could be read as another one");
    public static readonly Reason BodyTooLarge = New("body_too_large", 413, "the body is larger than a step may hold");
    public static readonly Reason BodyEncoding = New("body_encoding", 415, "the body's content coding cannot be read, so it cannot be scanned");
    public static readonly Reason UnsupportedExpectation = New("unsupported_expectation", 417, "100-continue is the only expectation that is understood");
    public static readonly Reason HeadTooLarge = New("head_too_large", 431, "the request's head is too large");

    // Tunnels and connections.
    public static readonly Reason HeaderTimeout = New("header_timeout", 408, "the request's head did not arrive in time");
    public static readonly Reason TunnelProtocol = New("tunnel_protocol", 400, "the connection speaks neither TLS nor HTTP");
    public static readonly Reason TunnelTimeout = New("tunnel_timeout", 408, "the client sent nothing that could be recognized in time");
    public static readonly Reason Http2Flood = New("http2_flood", 429, "the HTTP/2 connection sent more streams, resets or control frames than any request needs");
    public static readonly Reason TlsWithoutName = New("tls_without_name", 400, "the TLS handshake names no server, and neither a tunnel nor the address that was dialled says where it leads");
    public static readonly Reason TlsHiddenName = New("tls_hidden_name", 400, "the TLS handshake has an encrypted server name, so nobody but the server knows where it leads");
    public static readonly Reason TlsHandshake = New("tls_handshake", 400, "the TLS handshake did not complete");
    public static readonly Reason SocksUnsupported = New("socks_unsupported", 400, "the SOCKS5 request asks for something that is not served");

    // Limits. docs/limits.md says which key each of them belongs to.
    public static readonly Reason TooManyConnections = New("too_many_connections", 503, "more connections are open than the proxy takes, in all or from this client");
    public static readonly Reason TooManyRequests = New("too_many_requests", 429, "this client has as many requests under way as one may have");
    public static readonly Reason TooManyWrongPasswords = New("too_many_wrong_passwords", 429, "more wrong passwords came from this client's address in a minute than may");
    public static readonly Reason ProxyOverloaded = New("proxy_overloaded", 503, "as many requests are under way as the proxy takes");
    public static readonly Reason TooManyCertificates = New("too_many_certificates", 503, "more new names asked for a certificate than are made in a minute");
    public static readonly Reason BodyMemory = New("body_memory", 503, "the bodies that are held in memory leave no room for this one");
    public static readonly Reason BodyTimeout = New("body_timeout", 408, "the request's body stopped or came too slowly");
    public static readonly Reason ClientStalled = New("client_stalled", 499, "the client stopped taking the response or took it too slowly");

    // The upstream.
    public static readonly Reason CredentialUnavailable = New("credential_unavailable", 502, "a secret that the request needs cannot be read any more");
    public static readonly Reason TokenUnavailable = New("token_unavailable", 502, "a token that the request needs cannot be minted");
    public static readonly Reason TransformUnavailable = New("transform_unavailable", 502, "the server of a grpc transform did not answer");
    public static readonly Reason TransformInvalid = New("transform_invalid", 502, "the server of a grpc transform gave an answer that cannot be applied");
    public static readonly Reason ResponseTooLarge = New("response_too_large", 502, "the response is larger than a step may hold");
    public static readonly Reason UpstreamUnresolved = New("upstream_unresolved", 502, "the host does not resolve");
    public static readonly Reason TooManyLookups = New("too_many_lookups", 503, "too many host names of this client are being looked up");
    public static readonly Reason UpstreamUnreachable = New("upstream_unreachable", 502, "the upstream cannot be reached");
    public static readonly Reason UpstreamProxyFailed = New("upstream_proxy_failed", 502, "the proxy on the way to the upstream cannot be reached, or does not speak as one");
    public static readonly Reason UpstreamProxyRefused = New("upstream_proxy_refused", 502, "the proxy on the way to the upstream refused to lead there");
    public static readonly Reason UpstreamTls = New("upstream_tls", 502, "the upstream's certificate or TLS handshake was not accepted");
    public static readonly Reason UpstreamProtocol = New("upstream_protocol", 502, "the upstream's answer is not well-formed HTTP");
    public static readonly Reason UpstreamClosed = New("upstream_closed", 502, "the upstream closed the connection before its response began");
    public static readonly Reason UpstreamUnprocessed = New("upstream_unprocessed", 502, "the upstream did not process the request, whose body is gone and cannot be sent again");
    public static readonly Reason TooManyUpstreamConnections = New("too_many_upstream_connections", 503, "as many connections to upstreams are in use as there may be");
    public static readonly Reason ResponseUnscrubbable = New("response_unscrubbable", 502, "the response cannot be searched for secrets, so it was not sent");
    public static readonly Reason MalformedMcpResponse = New("malformed_mcp_response", 502, "the response of an MCP server cannot be read as its messages, so it was not sent");
    public static readonly Reason UpstreamTimeout = New("upstream_timeout", 504, "the upstream did not take the request or did not begin its response in time");
    public static readonly Reason ClientClosed = New("client_closed", 499, "the client went away");
    public static readonly Reason AuditUnavailable = New("audit_unavailable", 503, "the audit log has no room for a record, so the request was not let through");
    public static readonly Reason SigningFailed = New("signing_failed", 500, "the request could not be signed");
    public static readonly Reason Internal = New("internal_error", 500, "the proxy failed, so the request was ended");

#pragma warning restore CS1591

    private static readonly FrozenDictionary<string, Reason> ByCode = Registry.ToFrozenDictionary(r => r.Code, StringComparer.Ordinal);

    private Reason(string code, int status, string sentence)
    {
        Code = code;
        Status = status;
        Sentence = sentence;
    }

    /// <summary>Stable code, in lower case with underscores.</summary>
    public string Code { get; }

    /// <summary>HTTP status of the answer.</summary>
    public int Status { get; }

    /// <summary>What a person reads. It never holds anything from the request.</summary>
    public string Sentence { get; }

    /// <summary>Every reason, in the order of their declaration.</summary>
    public static IReadOnlyList<Reason> All => Registry;

    /// <summary>The reason with a code, or null.</summary>
    public static Reason? Find(string code) => ByCode.GetValueOrDefault(code);

    /// <inheritdoc />
    public override string ToString() => Code;

    private static Reason New(string code, int status, string sentence)
    {
        var reason = new Reason(code, status, sentence);
        Registry.Add(reason);
        return reason;
    }
}
