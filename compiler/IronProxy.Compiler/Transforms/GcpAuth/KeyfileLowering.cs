using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Syntax;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.GcpAuth;

/// <summary>Lowers the key of a service account: a path becomes a source of type file.</summary>
internal static class KeyfileLowering
{
    private const string Name = "keyfile";

    public static CredentialPlan? Lower(YamlMapping? keyfile, Located<string>? path, LoweringContext context) => path is { } file
        ? new CredentialPlan { Name = Name, Source = new FileSourcePlan { Path = file.Value, At = file.At } }
        : SourceLowering.Lower(Name, keyfile, context);
}
