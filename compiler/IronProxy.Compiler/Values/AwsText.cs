using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>Checks the codes of AWS: regions and services.</summary>
internal static class AwsText
{
    public static void RequireRegion(Located<string> text, DiagnosticBag bag) => Require(text, "a region", "us-east-1", bag);

    public static void RequireService(Located<string> text, DiagnosticBag bag) => Require(text, "a service", "s3 or bedrock", bag);

    private static void Require(Located<string> text, string what, string example, DiagnosticBag bag)
    {
        if (text.Value.Length == 0 || !text.Value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            bag.AwsNameInvalid(text.Span, what, example);
        }
    }
}
