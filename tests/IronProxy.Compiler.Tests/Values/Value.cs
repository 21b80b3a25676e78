using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Tests.Values;

/// <summary>Makes single values as the reader makes them.</summary>
internal static class Value
{
    /// <summary>A value that fills the file.</summary>
    public static (Located<string> Text, DiagnosticBag Bag) Of(string value)
    {
        var source = new SourceText("value", value);
        return (new Located<string>(value, new YamlScalar(source.Span(0, value.Length), value, YamlScalarStyle.Plain)), new DiagnosticBag(source));
    }
}
