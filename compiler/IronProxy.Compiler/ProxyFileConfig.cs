using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Sections.Dns;
using IronProxy.Compiler.Sections.Limits;
using IronProxy.Compiler.Sections.Log;
using IronProxy.Compiler.Sections.Management;
using IronProxy.Compiler.Sections.Mcp;
using IronProxy.Compiler.Sections.Metrics;
using IronProxy.Compiler.Sections.Proxy;
using IronProxy.Compiler.Sections.Tls;
using IronProxy.Compiler.Sections.WebSocket;
using IronProxy.Compiler.Transforms;

namespace IronProxy.Compiler;

/// <summary>A whole proxy.yaml.</summary>
internal sealed record ProxyFileConfig : ConfigRecord
{
    /// <summary>The built-in DNS server. Without this section there is none.</summary>
    [Key("dns")]
    public DnsConfig? Dns { get; init; }

    /// <summary>The proxy's listeners, limits and upstream connections.</summary>
    [Key("proxy")]
    public ProxyConfig? Proxy { get; init; }

    /// <summary>How much of the machine clients may take. Each limit has a default.</summary>
    [Key("limits")]
    public LimitsConfig? Limits { get; init; }

    /// <summary>How HTTPS traffic is handled.</summary>
    [Key("tls")]
    public TlsConfig? Tls { get; init; }

    /// <summary>How open WebSockets are treated.</summary>
    [Key("websocket")]
    public WebSocketConfig? WebSocket { get; init; }

    /// <summary>The transforms, which run on every request in this order. All must pass.</summary>
    [Key("transforms")]
    public LocatedList<TransformConfig>? Transforms { get; init; }

    /// <summary>What may be used of MCP servers.</summary>
    [Key("mcp")]
    public McpConfig? Mcp { get; init; }

    /// <summary>The API that manages the running proxy. Without this section there is none.</summary>
    [Key("management")]
    public ManagementConfig? Management { get; init; }

    /// <summary>The listener for health checks.</summary>
    [Key("metrics")]
    public MetricsConfig? Metrics { get; init; }

    /// <summary>Log output.</summary>
    [Key("log")]
    public LogConfig? Log { get; init; }
}
