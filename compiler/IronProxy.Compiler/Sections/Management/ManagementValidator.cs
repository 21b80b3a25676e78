using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Sections.Management;

/// <summary>Checks the section management, but for its listener's address.</summary>
internal static class ManagementValidator
{
    public static void Validate(ManagementConfig config, ValidationContext context)
    {
        // Elsewhere an empty address switches a listener off; here the whole section is left out for that.
        if (config.Listen is { Value: "" } listen)
        {
            context.Bag.EmptyText(listen.Span, "the address");
        }

        if (config.ApiKeyEnv is { } variable)
        {
            context.RequireVariable(variable, "the name of the API key's variable");
        }
    }
}
