using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Transforms.GcpAuth;

/// <summary>Checks where the key of a service account is read.</summary>
internal static class KeyfileValidator
{
    /// <summary>Reports unless exactly one of the keys has a value.</summary>
    /// <param name="config">The transform's settings.</param>
    /// <param name="keys">The keys that exclude each other.</param>
    /// <param name="keyfile">The source of the key.</param>
    /// <param name="path">The path of the key.</param>
    /// <param name="context">Where findings go.</param>
    public static void Validate(ConfigRecord config, string[] keys, YamlMapping? keyfile, Located<string>? path, ValidationContext context)
    {
        var written = keys.Where(config.Has).ToArray();
        if (written.Length == 0 && !context.Structure.IsBroken(config))
        {
            context.Bag.IdentityMissing(config.Span, string.Join(" or ", keys.Select(k => $"{k}:")));
        }

        foreach (var other in written.Skip(1))
        {
            context.Bag.IdentityTwice(config.KeySpan(other), other, written[0]);
        }

        SourceValidator.Validate(keyfile, context);
        if (path is { } text)
        {
            context.RequireText(text, "the path");
        }
    }
}
