using System.Collections.Immutable;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Syntax;
using IronProxy.Plan;

namespace IronProxy.Compiler.Secrets;

/// <summary>Lowers secret sources, wherever one can stand.</summary>
internal static class SourceLowering
{
    /// <summary>A source.</summary>
    public static SecretSourcePlan Lower(YamlMapping source, LoweringContext context)
    {
        source.TryGet("type", out var type);
        return SecretSourceRegistry.Find(((YamlScalar)type.Value).Value).Checked().Lower(source, context);
    }

    /// <summary>A credential with the name of its key; null when it is absent.</summary>
    public static CredentialPlan? Lower(string name, YamlMapping? source, LoweringContext context) =>
        source is null ? null : new CredentialPlan { Name = name, Source = Lower(source, context) };

    /// <summary>Credentials by names that the user chose, in the order of the file.</summary>
    public static ImmutableArray<CredentialPlan> LowerMap(YamlMapping? sources, LoweringContext context) =>
        [.. (sources?.Entries ?? []).Select(e => new CredentialPlan { Name = e.Key.Value, Source = Lower((YamlMapping)e.Value, context) })];
}
