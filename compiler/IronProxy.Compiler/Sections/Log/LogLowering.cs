using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Log;

/// <summary>Lowers the section log.</summary>
internal static class LogLowering
{
    private const string DefaultLevel = "info";

    public static LogPlan Lower(LogConfig? config) => new(config?.Level?.Value ?? DefaultLevel)
    {
        Dns = config?.Dns?.Value is { } dns && dns != LogConfig.NoQuestions ? dns : null,
        Format = config?.Format?.Value is { } format && format != LogConfig.JsonFormat ? format : null,
    };
}
