using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>
/// The compiled form of one proxy.yaml: all that the proxy needs to run, to explain itself and to be deployed.
/// The same proxy.yaml gives the same plan on any machine. It names where secrets are read and never holds one.
/// </summary>
public sealed record ProxyPlan
{
    /// <summary>The format that this build writes, and the newest that it reads.</summary>
    public const int CurrentFormatVersion = 1;

    /// <summary>Version of this document's layout. A reader refuses a version newer than its own.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Name and version of the compiler that wrote the plan, such as <c>ironc 0.1.0</c>.</summary>
    public required string Compiler { get; init; }

    /// <summary>Base name of the file that the plan was compiled from.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// <c>sha256:</c> and 64 hex digits over the plan without positions, file names and compiler version:
    /// two files with one policy hash behave alike. Audit records carry it.
    /// </summary>
    public required string PolicyHash { get; init; }

    /// <summary><c>sha256:</c> and 64 hex digits over the bytes of this document with this field empty, without the line break at its end.</summary>
    public required string FileHash { get; init; }

    /// <summary>Addresses that the proxy listens on.</summary>
    public required ListenersPlan Listeners { get; init; }

    /// <summary>The DNS server and the static records. Null without a dns section.</summary>
    public DnsPlan? Dns { get; init; }

    /// <summary>How TLS of the workload is handled.</summary>
    public required TlsPlan Tls { get; init; }

    /// <summary>How upstream servers are reached.</summary>
    public required UpstreamPlan Upstream { get; init; }

    /// <summary>Limits on the bodies that steps may hold in memory.</summary>
    public required BodyLimitsPlan BodyLimits { get; init; }

    /// <summary>
    /// How much of the machine clients may take. Null without a limits section: such a plan has the bytes that it had before there was one, so the
    /// format is the same. A reader without this member refuses a plan that has it, as it does with every member that it does not know.
    /// </summary>
    public LimitsPlan? Limits { get; init; }

    /// <summary>How open WebSockets are treated. Null when their bytes are carried unread: such a plan has the bytes that it had before there was a choice.</summary>
    public WebSocketPlan? WebSocket { get; init; }

    /// <summary>TLS on the tunnel listener itself. Null when it has none, so that such a plan has the bytes that it had before there was a choice.</summary>
    public TunnelTlsPlan? TunnelTls { get; init; }

    /// <summary>
    /// Who may ask, in the order of proxy.yaml. Null when nobody is asked who they are: such a plan has the bytes that it had before there were clients.
    /// With clients the tunnel listener serves nobody else.
    /// </summary>
    public ImmutableArray<ClientPlan>? Clients { get; init; }

    /// <summary>Log output.</summary>
    public required LogPlan Log { get; init; }

    /// <summary>Every host pattern and rule of every step, prepared for one lookup a request.</summary>
    public required MatchTables Matching { get; init; }

    /// <summary>The transforms, in the order of proxy.yaml. They run in this order.</summary>
    public required ImmutableArray<StepPlan> Steps { get; init; }

    /// <summary>What tools of MCP servers may be called. Runs behind the steps. Null without an mcp section.</summary>
    public McpPlan? Mcp { get; init; }

    /// <summary>The API that manages the running proxy. Null without a management section.</summary>
    public ManagementPlan? Management { get; init; }

    /// <summary>Every listener that there can be, in a fixed order.</summary>
    [JsonIgnore]
    public ImmutableArray<ListenerPlan> AllListeners =>
    [
        new(ListenerRole.Dns, Dns?.Listen),
        new(ListenerRole.Http, Listeners.Http),
        new(ListenerRole.Https, Listeners.Https),
        new(ListenerRole.Tunnel, Listeners.Tunnel),
        new(ListenerRole.Metrics, Listeners.Metrics),
        new(ListenerRole.Management, Management?.Listen),
    ];

    /// <summary>Every secret source: those of the steps in their order, then those of sections.</summary>
    [JsonIgnore]
    public IEnumerable<SecretSourcePlan> Sources => [.. Steps.SelectMany(s => s.Sources), .. Upstream.Sources, .. ClientSources];

    /// <summary>Every credential that is put into requests, in the order of the steps.</summary>
    [JsonIgnore]
    public IEnumerable<CredentialUse> CredentialUses => Steps.SelectMany(s => s.CredentialUses);

    /// <summary>Every variable that is read, as often as it is named: those of the steps in their order, then those of sections.</summary>
    [JsonIgnore]
    public IEnumerable<VariableUse> Variables => [.. Steps.SelectMany(s => s.Variables), .. Upstream.Variables, .. ClientSources.SelectMany(s => s.Variables), .. Management?.Variables ?? []];

    /// <summary>Every file that is read, as often as it is named: those of the steps in their order, then those of sections.</summary>
    [JsonIgnore]
    public IEnumerable<FileUse> Files => [.. Steps.SelectMany(s => s.Files), .. Upstream.Files, .. ClientSources.SelectMany(s => s.Files), .. Tls.Files, .. TunnelTls?.Files ?? []];

    /// <summary>Every file that is written and must outlive the process, as often as it is named.</summary>
    [JsonIgnore]
    public IEnumerable<FileUse> WrittenFiles => Steps.SelectMany(s => s.WrittenFiles);

    private IEnumerable<SecretSourcePlan> ClientSources => (Clients ?? []).SelectMany(c => c.Sources);
}

/// <summary>Listening addresses. Null switches a listener off.</summary>
public sealed record ListenersPlan
{
    /// <summary>Plain HTTP, transparent or in absolute form.</summary>
    public ListenAddress? Http { get; init; }

    /// <summary>TLS, transparent.</summary>
    public ListenAddress? Https { get; init; }

    /// <summary>HTTP CONNECT and SOCKS5, on one port.</summary>
    public ListenAddress? Tunnel { get; init; }

    /// <summary>/healthz and /readyz.</summary>
    public ListenAddress? Metrics { get; init; }
}

/// <summary>An address to bind.</summary>
/// <param name="Address">An IP literal, or null for every address of the machine (IPv4 and IPv6).</param>
/// <param name="Port">TCP or UDP port, 0 to 65535; 0 asks the system for a free one.</param>
public sealed record ListenAddress([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Address, int Port)
{
    /// <summary>Whether both cannot be bound on one machine. Port 0 asks for a free port, so it never collides.</summary>
    public bool Collides(ListenAddress other) => Port == other.Port && Port != 0 && (IsWildcard || other.IsWildcard || Address == other.Address);

    private bool IsWildcard => Address is null or "0.0.0.0" or "::";

    /// <summary>The address as it is written in proxy.yaml, such as <c>:443</c> or <c>127.0.0.1:8080</c>.</summary>
    public override string ToString() => Address switch
    {
        null => $":{Port}",
        _ when Address.Contains(':', StringComparison.Ordinal) => $"[{Address}]:{Port}",
        _ => $"{Address}:{Port}",
    };
}

/// <summary>The built-in DNS server, and what the proxy's own lookups use.</summary>
public sealed record DnsPlan
{
    /// <summary>Where queries are answered, over UDP and TCP. Null switches the server off; records and resolver still serve the proxy's own lookups.</summary>
    public ListenAddress? Listen { get; init; }

    /// <summary>The IPv4 or IPv6 address that every intercepted name resolves to. Set whenever <see cref="Listen"/> is.</summary>
    public string? ProxyIp { get; init; }

    /// <summary>The IPv6 address that every intercepted name resolves to, beside an IPv4 address in <see cref="ProxyIp"/>. Null when there is none.</summary>
    public string? ProxyIpv6 { get; init; }

    /// <summary>Resolver for passed-through queries and for the proxy's own lookups. Null means the system's.</summary>
    public ListenAddress? UpstreamResolver { get; init; }

    /// <summary>Names that are forwarded to the upstream resolver: an index into <see cref="MatchTables.Rules"/>, or null.</summary>
    public int? Passthrough { get; init; }

    /// <summary>
    /// True when names that no allowlist could let through do not exist. Null when every name resolves to the proxy, so that such a plan has the
    /// bytes that it had before there was a choice.
    /// </summary>
    public bool? DenyUnlisted { get; init; }

    /// <summary>Static records, which go before interception and passthrough.</summary>
    public ImmutableArray<DnsRecordPlan> Records { get; init; } = [];
}

/// <summary>One static DNS record.</summary>
/// <param name="Name">Canonical host name.</param>
/// <param name="Type"><c>A</c> or <c>CNAME</c>.</param>
/// <param name="Value">An IPv4 address, or a canonical host name.</param>
public sealed record DnsRecordPlan(string Name, string Type, string Value);

/// <summary>TLS towards the workload.</summary>
public sealed record TlsPlan
{
    /// <summary><c>mitm</c> or <c>sni-only</c>.</summary>
    public required TlsMode Mode { get; init; }

    /// <summary>Path of the CA certificate (PEM), relative to the proxy's working directory. Null in sni-only mode.</summary>
    public string? CaCert { get; init; }

    /// <summary>Path of the CA's private key (PEM), relative to the proxy's working directory. Null in sni-only mode.</summary>
    public string? CaKey { get; init; }

    /// <summary>How many leaf certificates are kept.</summary>
    public required int CertCacheSize { get; init; }

    /// <summary>How long a leaf certificate is valid, in hours.</summary>
    public required int LeafCertExpiryHours { get; init; }

    /// <summary>The files that the section names.</summary>
    [JsonIgnore]
    public ImmutableArray<FileUse> Files =>
    [
        .. CaCert is { } certificate ? [new FileUse(certificate, default) { Key = "tls.ca_cert", IsSecret = false }] : (FileUse[])[],
        .. CaKey is { } key ? [new FileUse(key, default) { Key = "tls.ca_key" }] : (FileUse[])[],
    ];
}

/// <summary>Connections to upstream servers.</summary>
public sealed record UpstreamPlan
{
    /// <summary>Networks that are never dialled, checked on the resolved address.</summary>
    public required ImmutableArray<string> DenyCidrs { get; init; }

    /// <summary>How long an upstream may take to begin its response, in milliseconds.</summary>
    public required long ResponseHeaderTimeoutMs { get; init; }

    /// <summary>Proxies between this one and the upstream servers. Null dials the servers themselves.</summary>
    public UpstreamProxyPlan? Proxy { get; init; }

    /// <summary>CAs whose certificates upstreams may have, beside those that the system trusts. Null adds none.</summary>
    public ImmutableArray<UpstreamCaPlan>? Cas { get; init; }

    /// <summary>Where the section reads secrets.</summary>
    [JsonIgnore]
    public ImmutableArray<SecretSourcePlan> Sources => Proxy?.Password is { } password ? [password.Source] : [];

    /// <summary>The variables that the section names.</summary>
    [JsonIgnore]
    public ImmutableArray<VariableUse> Variables => [.. Sources.SelectMany(s => s.Variables)];

    /// <summary>The files that the section names.</summary>
    [JsonIgnore]
    public ImmutableArray<FileUse> Files => [.. Sources.SelectMany(s => s.Files), .. (Cas ?? []).Select(c => new FileUse(c.Path, c.At) { IsSecret = false })];
}

/// <summary>A file with the certificates of CAs.</summary>
/// <param name="Path">Its path (PEM), relative to the proxy's working directory.</param>
/// <param name="At">Where it is written.</param>
public sealed record UpstreamCaPlan(string Path, SourcePosition At);

/// <summary>Proxies between this one and the upstream servers.</summary>
public sealed record UpstreamProxyPlan
{
    /// <summary>URL of the proxy for requests over http. Null dials them without one.</summary>
    public string? HttpProxy { get; init; }

    /// <summary>URL of the proxy for requests over https. Null dials them without one.</summary>
    public string? HttpsProxy { get; init; }

    /// <summary>Hosts that are dialled without a proxy: an index into <see cref="MatchTables.Rules"/>, or null.</summary>
    public int? NoProxy { get; init; }

    /// <summary>The user name that the proxies are shown. Null shows them none.</summary>
    public string? Username { get; init; }

    /// <summary>The password of <see cref="Username"/>; null without one.</summary>
    public CredentialPlan? Password { get; init; }

    /// <summary>
    /// True when the environment of the proxy says at the start which proxies there are, and nothing else here does. Null when it is not asked, so that such a plan has
    /// the bytes that it had before there was a choice.
    /// </summary>
    public bool? FromEnvironment { get; init; }
}

/// <summary>The API that manages the running proxy.</summary>
public sealed record ManagementPlan
{
    /// <summary>Where it listens.</summary>
    public required ListenAddress Listen { get; init; }

    /// <summary>Environment variable that holds the bearer token that clients present.</summary>
    public required string ApiKeyEnv { get; init; }

    /// <summary>Where the variable is named; where the section begins when it is not.</summary>
    public required SourcePosition At { get; init; }

    /// <summary>The variables that the section names.</summary>
    [JsonIgnore]
    public ImmutableArray<VariableUse> Variables => [new(ApiKeyEnv, At)];
}

/// <summary>Limits on bodies that a step needs whole. Bodies that no step needs are streamed without a limit.</summary>
public sealed record BodyLimitsPlan
{
    /// <summary>Largest request body in bytes; a larger one is refused with 413, never cut.</summary>
    public required long MaxRequestBytes { get; init; }

    /// <summary>Largest response body in bytes; 0 is no limit.</summary>
    public required long MaxResponseBytes { get; init; }

    /// <summary>Largest response body in bytes that a step holds: 16 MiB where no limit is set.</summary>
    [JsonIgnore]
    public long MaxHeldResponseBytes => MaxResponseBytes > 0 ? MaxResponseBytes : 16 * 1024 * 1024;
}

/// <summary>Log output.</summary>
/// <param name="Level"><c>debug</c>, <c>info</c>, <c>warn</c> or <c>error</c>.</param>
public sealed record LogPlan(string Level)
{
    /// <summary>Value of <see cref="Dns"/>: questions that were answered or passed through leave no line.</summary>
    public const string DeniedQuestions = "denied";

    /// <summary>Value of <see cref="Dns"/>: every question leaves a line.</summary>
    public const string AllQuestions = "all";

    /// <summary>Value of <see cref="Format"/>: lines are text for people.</summary>
    public const string TextFormat = "text";

    /// <summary>Which DNS questions leave a line, <c>denied</c> or <c>all</c>. Null when none does.</summary>
    public string? Dns { get; init; }

    /// <summary>How lines are written, <c>text</c>. Null when they are JSON, so that such a plan has the bytes that it had before there was a choice.</summary>
    public string? Format { get; init; }
}
