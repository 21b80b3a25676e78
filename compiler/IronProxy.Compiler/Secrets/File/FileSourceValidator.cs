using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Secrets.File;

/// <summary>Checks a file source.</summary>
internal static class FileSourceValidator
{
    public static void Validate(FileSourceConfig config, ValidationContext context)
    {
        if (config.Path is { } path)
        {
            context.RequireText(path, "the path");
        }
    }
}
