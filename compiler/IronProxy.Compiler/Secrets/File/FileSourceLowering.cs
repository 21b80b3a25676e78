using IronProxy.Compiler.Lowering;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets.File;

/// <summary>Lowers a file source.</summary>
internal static class FileSourceLowering
{
    public static FileSourcePlan Lower(FileSourceConfig config, LoweringContext context) => new() { Path = config.Path.Checked().Value, At = config.At };
}
