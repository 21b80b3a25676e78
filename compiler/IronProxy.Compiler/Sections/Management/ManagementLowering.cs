using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Management;

/// <summary>Lowers the section management.</summary>
internal static class ManagementLowering
{
    private const string DefaultApiKeyEnv = "IRON_MANAGEMENT_API_KEY";

    public static ManagementPlan? Lower(ManagementConfig? config, ListenAddress? listen) => config is null ? null : new ManagementPlan
    {
        Listen = listen.Checked(),
        ApiKeyEnv = config.ApiKeyEnv?.Value ?? DefaultApiKeyEnv,
        At = config.ApiKeyEnv is { Span: var span } ? new SourcePosition(span.Line, span.Column) : config.At,
    };
}
