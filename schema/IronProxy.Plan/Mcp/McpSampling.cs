namespace IronProxy.Plan;

/// <summary>Questions of servers to the model of a client (https://modelcontextprotocol.io/specification/2025-11-25/client/sampling).</summary>
public static class McpSampling
{
    /// <summary>The method.</summary>
    public const string Method = "sampling/createMessage";
}
