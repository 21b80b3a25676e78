using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Secrets.Env;

/// <summary>Checks an env source.</summary>
internal static class EnvSourceValidator
{
    public static void Validate(EnvSourceConfig config, ValidationContext context)
    {
        if (config.Var is { } variable)
        {
            context.RequireVariable(variable, "the name of the variable");
        }
    }
}
