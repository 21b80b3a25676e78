using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Secrets;

/// <summary>Checks secret sources, wherever one can stand.</summary>
internal static class SourceValidator
{
    /// <summary>Checks a source; null is one that is absent or was reported.</summary>
    public static void Validate(YamlMapping? source, ValidationContext context)
    {
        if (source is null)
        {
            return;
        }

        var bag = context.Bag;
        if (!source.TryGet("type", out var entry) || entry.Value.IsNull)
        {
            bag.MissingKey(source.Span, "type");
            return;
        }

        if (entry.Value is not YamlScalar type)
        {
            bag.WrongType(entry.Value.Span, "text", entry.Value.Kind, null);
        }
        else if (SecretSourceRegistry.Find(type.Value) is { } kind)
        {
            kind.Validate(source, context);
        }
        else
        {
            bag.UnknownSourceType(type.Span, type.Value, [.. SecretSourceRegistry.All.Select(s => s.Name)]);
        }
    }

    /// <summary>Checks sources by names that the user chose.</summary>
    public static void ValidateMap(YamlMapping? sources, Action<Located<string>> checkName, ValidationContext context)
    {
        foreach (var (name, value) in sources?.Entries ?? [])
        {
            checkName(new Located<string>(name.Value, name));
            if (value is YamlMapping source)
            {
                Validate(source, context);
            }
            else if (value.IsNull)
            {
                context.Bag.WrongType(name.Span, "a secret source", "nothing", "write {type: env, var: NAME}, or another source");
            }
            else
            {
                context.Bag.SourceExpected(value.Span, value.Kind);
            }
        }
    }
}
