using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Secrets.Env;

/// <summary>Checks an env source.</summary>
internal static class EnvSourceValidator
{
    public static void Validate(EnvSourceConfig config, ValidationContext context)
    {
        if (config.Var is not { } variable || !context.RequireText(variable, "the name of the variable"))
        {
            return;
        }

        if (variable.Value.AsSpan().ContainsAny('=', ' ', '$'))
        {
            context.Bag.VariableNameInvalid(variable.Span, variable.Value);
        }
    }
}
