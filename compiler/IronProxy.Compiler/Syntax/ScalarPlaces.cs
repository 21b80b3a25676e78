using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Syntax;

/// <summary>Finds the place in the file of a piece of a scalar's value, through quotes and escapes.</summary>
internal static class ScalarPlaces
{
    /// <summary>The place of a piece of the value; the whole scalar when it is written over several lines.</summary>
    /// <param name="source">The file.</param>
    /// <param name="scalar">The scalar.</param>
    /// <param name="offset">Offset into the value.</param>
    /// <param name="length">Length within the value.</param>
    public static SourceSpan Slice(this SourceText source, YamlScalar scalar, int offset, int length)
    {
        var span = scalar.Span;
        var raw = source.Content.AsSpan(span.Start, Math.Min(span.Length, source.Content.Length - span.Start));
        if (scalar.Style == YamlScalarStyle.Block || raw.ContainsAny('\r', '\n'))
        {
            return span;
        }

        var start = RawOffset(scalar, raw, offset);
        var end = RawOffset(scalar, raw, offset + length);
        return span.Slice(start, Math.Max(1, end - start));
    }

    /// <summary>Walks the written form until as many characters of the value have passed.</summary>
    private static int RawOffset(YamlScalar scalar, ReadOnlySpan<char> raw, int offset)
    {
        if (scalar.Style == YamlScalarStyle.Plain)
        {
            return Math.Min(offset, raw.Length);
        }

        var at = 1;
        for (var passed = 0; passed < offset && at < raw.Length - 1; passed++)
        {
            at += (scalar.Style, raw[at]) switch
            {
                (YamlScalarStyle.SingleQuoted, '\'') => 2,
                (YamlScalarStyle.DoubleQuoted, '\\') => raw[at + 1] switch { 'x' => 4, 'u' => 6, 'U' => 10, _ => 2 },
                _ => 1,
            };
        }

        return Math.Min(at, raw.Length - 1);
    }
}
