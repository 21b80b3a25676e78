using System.Buffers;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads host patterns and host names into their canonical form.</summary>
internal static class HostText
{
    private static readonly SearchValues<char> PatternCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*?");

    /// <summary>Reads a pattern of a policy. Null when it is not one; the bag says why.</summary>
    public static string? ParsePattern(Located<string> text, DiagnosticBag bag)
    {
        if (text.Value.AsSpan().ContainsAny('*', '?') && IsAddressGlob(text.Value))
        {
            bag.HostAddressGlob(text.Span, NetworkOf(text.Value));
            return null;
        }

        return ParseAnyPattern(text, bag);
    }

    /// <summary>Reads a pattern that allows nothing, as in a question: wildcards in addresses are fine there.</summary>
    public static string? ParseAnyPattern(Located<string> text, DiagnosticBag bag)
    {
        var value = text.Value;
        if (value == "*")
        {
            return value;
        }

        if (!value.AsSpan().ContainsAny('*', '?'))
        {
            return ParseHost(text, bag)?.Text;
        }

        if (Clean(text, bag) is not { } pattern || !HasValidLabels(text, pattern, bag))
        {
            return null;
        }

        if (pattern.Split('.').All(label => label.AsSpan().IndexOfAnyExcept('*', '?') < 0))
        {
            bag.HostMatchesEverything(text.Span, value);
            return null;
        }

        return pattern;
    }

    /// <summary>Reads a name or an address without wildcards.</summary>
    public static CanonicalHost? ParseHost(Located<string> text, DiagnosticBag bag)
    {
        // What other languages write as a URL host: IPv6 with or without brackets.
        if (text.Value.Contains(':', StringComparison.Ordinal) && CanonicalHost.TryCreateFromText(text.Value, out var address) is null)
        {
            return address;
        }

        if (Clean(text, bag) is not { } name)
        {
            return null;
        }

        var refusal = CanonicalHost.TryCreateFromText(name, out var host);
        if (refusal is null)
        {
            return host;
        }

        if (refusal == Reason.AmbiguousAddress)
        {
            bag.HostAmbiguousAddress(text.Span);
        }
        else if (HasValidLabels(text, name, bag))
        {
            bag.HostNotAName(text.Span);
        }

        return null;
    }

    /// <summary>Reads a name that is neither pattern nor address.</summary>
    public static string? ParseName(Located<string> text, DiagnosticBag bag)
    {
        if (text.Value.AsSpan().ContainsAny('*', '?'))
        {
            bag.HostNameExpected(text.Span);
            return null;
        }

        if (ParseHost(text, bag) is not { } host)
        {
            return null;
        }

        if (host.Address is not null)
        {
            bag.HostNameExpected(text.Span);
            return null;
        }

        return host.Text;
    }

    /// <summary>ASCII, lower case, without a trailing dot; or null when it has parts that are not a host's.</summary>
    private static string? Clean(Located<string> text, DiagnosticBag bag)
    {
        var value = text.Value;
        if (value.Length == 0)
        {
            bag.HostEmpty(text.Span);
            return null;
        }

        if (value.AsSpan().ContainsAnyExcept(PatternCharacters) && ReportForeignParts(text, bag))
        {
            return null;
        }

        var name = value.EndsWith('.') ? value[..^1] : value;
        if (name.Length == 0)
        {
            bag.HostEmpty(text.Span);
            return null;
        }

        // Punycode would swallow a wildcard that shares its label with letters beyond ASCII.
        var lower = name.ToLowerInvariant();
        if (!System.Text.Ascii.IsValid(lower) && !IsMapped(text, lower, bag))
        {
            return null;
        }

        if (!System.Text.Ascii.IsValid(lower)
            && lower.Split('.').Any(l => !System.Text.Ascii.IsValid(l) && l.AsSpan().ContainsAny('*', '?')))
        {
            bag.HostNotAName(text.Span);
            return null;
        }

        if (!CanonicalHost.TryToAscii(lower, out var ascii))
        {
            bag.HostNotAName(text.Span);
            return null;
        }

        return ascii;
    }

    /// <summary>
    /// Whether a pattern is meant for addresses: it would match names that anyone can register (10.0.0.com), or nothing, as no
    /// name ends in a number.
    /// </summary>
    private static bool IsAddressGlob(string value)
    {
        if (value.Count(c => c == ':') > 1)
        {
            return value.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.' or '*' or '?' or '[' or ']' or '/');
        }

        var labels = value.Split('.');
        return labels.Length > 1
            && value.Any(char.IsAsciiDigit)
            && (labels.All(l => l.All(c => char.IsAsciiDigit(c) || c is '*' or '?')) || (labels[^1].Length > 0 && labels[^1].All(char.IsAsciiDigit)));
    }

    /// <summary>The network of a pattern such as <c>10.0.0.*</c>, or null.</summary>
    private static string? NetworkOf(string value)
    {
        var labels = value.Split('.');
        var numbers = labels.TakeWhile(l => byte.TryParse(l, System.Globalization.NumberStyles.None, null, out _)).Count();
        return numbers is > 0 and < 4 && labels.Length <= 4 && labels.Skip(numbers).All(l => l == "*")
            ? $"{string.Join('.', labels.Take(numbers).Concat(Enumerable.Repeat("0", 4 - numbers)))}/{numbers * 8}"
            : null;
    }

    /// <summary>Whether a name beyond ASCII is what IDNA makes of it (UTS 46): clients ask for that and nothing else.</summary>
    private static bool IsMapped(Located<string> text, string lower, DiagnosticBag bag)
    {
        if (Idna.FindRefused(lower, out var offset) is { } refused)
        {
            bag.HostRefusedCharacter(bag.Source.Slice(text.Node, offset, refused.Utf16SequenceLength), refused);
            return false;
        }

        var mapped = Idna.Map(lower);
        if (mapped == lower)
        {
            return true;
        }

        bag.HostNotMapped(text.Span, CanonicalHost.TryToAscii(mapped, out var ascii) ? ascii : mapped);
        return false;
    }

    private static bool ReportForeignParts(Located<string> text, DiagnosticBag bag)
    {
        var value = text.Value;
        SourceSpan Slice(int offset, int length) => bag.Source.Slice(text.Node, offset, length);
        if (value.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme)
        {
            bag.HostHasScheme(Slice(0, scheme + 3), value[..(scheme + 3)]);
            return true;
        }

        if (System.Net.IPNetwork.TryParse(value, out _) || (value.IndexOf('/', StringComparison.Ordinal) is > 0 and var bar && System.Net.IPAddress.TryParse(value.AsSpan(0, bar), out _)))
        {
            bag.HostIsNetwork(text.Span);
            return true;
        }

        if (value.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
        {
            bag.HostHasPath(Slice(slash, value.Length - slash));
            return true;
        }

        if (value.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            bag.HostHasUserinfo(Slice(0, at + 1));
            return true;
        }

        if (value.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            bag.HostHasPort(Slice(colon, value.Length - colon));
            return true;
        }

        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsAscii(value[i]) && !PatternCharacters.Contains(value[i]))
            {
                bag.HostBadCharacter(Slice(i, 1), value[i]);
                return true;
            }
        }

        return false;
    }

    private static bool HasValidLabels(Located<string> text, string pattern, DiagnosticBag bag)
    {
        foreach (var range in pattern.AsSpan().Split('.'))
        {
            var label = pattern.AsSpan(range);
            if (label.IsEmpty)
            {
                bag.HostEmptyLabel(text.Span);
                return false;
            }

            // A wildcard label is not IDNA-encoded by the mapping, so what is left beyond ASCII could never match.
            if (label.Length > 63 || label[0] == '-' || label[^1] == '-' || label.ContainsAnyExcept(PatternCharacters))
            {
                bag.HostNotAName(text.Span);
                return false;
            }
        }

        if (pattern.Length > 253)
        {
            bag.HostNotAName(text.Span);
            return false;
        }

        return true;
    }
}
