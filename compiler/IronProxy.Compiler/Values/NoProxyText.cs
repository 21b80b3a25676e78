using System.Collections.Immutable;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>
/// Reads lists of hosts with commas, as the environment variable NO_PROXY has them: a name stands for itself and all below
/// it, with or without a dot in front.
/// </summary>
internal static class NoProxyText
{
    /// <summary>The entries, as host patterns and networks of which one is set; what cannot be read is reported and left out.</summary>
    public static ImmutableArray<(string? Host, string? Cidr)> Parse(Located<string> text, DiagnosticBag bag)
    {
        var entries = ImmutableArray.CreateBuilder<(string?, string?)>();
        foreach (var range in text.Value.AsSpan().Split(','))
        {
            var raw = text.Value[range];
            var entry = raw.Trim();
            if (entry.Length == 0)
            {
                continue;
            }

            // An entry is a scalar of its own, so that findings point into the list.
            var offset = range.Start.Value + raw.IndexOf(entry, StringComparison.Ordinal);
            var located = Entry(text, offset, entry, bag);
            if (AddressText.TryAddress(entry) is { } address)
            {
                entries.Add((null, $"{address}/{address.GetAddressBytes().Length * 8}"));
            }
            else if (entry.Contains('/', StringComparison.Ordinal))
            {
                if (NetworkText.Parse(located, bag) is { } network)
                {
                    entries.Add((null, network));
                }
            }
            else if (ParseName(located, bag) is { } pattern)
            {
                entries.Add((pattern, null));
            }
        }

        return entries.ToImmutable();
    }

    private static string? ParseName(Located<string> entry, DiagnosticBag bag)
    {
        var name = entry.Value.StartsWith('.') ? Entry(entry, 1, entry.Value[1..], bag) : entry;
        return HostText.ParsePattern(name, bag) switch
        {
            null => null,
            "*" => "*",
            var pattern when pattern.StartsWith("*.", StringComparison.Ordinal) => pattern,
            var pattern => $"*.{pattern}",
        };
    }

    private static Located<string> Entry(Located<string> text, int offset, string value, DiagnosticBag bag) =>
        new(value, new YamlScalar(bag.Source.Slice(text.Node, offset, value.Length), value, YamlScalarStyle.Plain));
}
