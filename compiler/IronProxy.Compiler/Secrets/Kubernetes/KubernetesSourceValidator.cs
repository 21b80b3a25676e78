using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Validation;

namespace IronProxy.Compiler.Secrets.Kubernetes;

/// <summary>Checks a source in a Secret of Kubernetes. Its names become parts of a URL, and of the role that lets the proxy read it (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).</summary>
internal static class KubernetesSourceValidator
{
    private const int LongestLabel = 63;
    private const int LongestName = 253;

    public static void Validate(KubernetesSourceConfig config, ValidationContext context)
    {
        Require(config.Name, "the name of the Secret", n => n.Length <= LongestName && n.Split('.').All(IsLabel), "lower-case letters, digits, '-' and '.', such as api-keys", context);
        Require(config.Namespace, "the namespace", n => n.Length <= LongestLabel && IsLabel(n), "lower-case letters, digits and '-', such as agents", context);
        Require(config.Key, "the key", k => k.Length <= LongestName && k is not ("." or "..") && k.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), "letters, digits, '-', '_' and '.', such as api_key", context);
        StoreSourceValidator.Validate(config, context);
    }

    private static void Require(Located<string>? text, string what, Func<string, bool> isValid, string form, ValidationContext context)
    {
        if (text is { } given && context.RequireText(given, what) && !isValid(given.Value))
        {
            context.Bag.KubernetesNameInvalid(given.Span, given.Value, what, form);
        }
    }

    private static bool IsLabel(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && text[0] != '-' && text[^1] != '-';
}
