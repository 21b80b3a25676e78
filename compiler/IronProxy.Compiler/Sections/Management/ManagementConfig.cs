using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Sections.Management;

/// <summary>The API that manages the running proxy. Without this section there is none.</summary>
internal sealed record ManagementConfig : ConfigRecord
{
    /// <summary>Address and port of the API. A loopback address, unless a network of its own leads there.</summary>
    [Key("listen", Required = true)]
    public Located<string>? Listen { get; init; }

    /// <summary>Environment variable that holds the bearer token that clients present.</summary>
    [Key("api_key_env", Default = "IRON_MANAGEMENT_API_KEY")]
    public Located<string>? ApiKeyEnv { get; init; }
}
