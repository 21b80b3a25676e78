using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using IronProxy.Compiler.Analysis.Spaces.Paths;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Values;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Spaces.Proofs;

/// <summary>
/// Requests, as a person names them in one line: <c>[METHODS ][SCHEME://]HOST[:PORT][/PATH]</c>. Host and path are patterns
/// as in rules; what is left out may be anything.
/// </summary>
public sealed class RequestPattern
{
    private RequestPattern(string text, RequestRule rule)
    {
        Text = text;
        Rule = rule;
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>The pattern as a rule.</summary>
    public RequestRule Rule { get; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="mistake">What is wrong with the text, as a sentence without a period.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RequestPattern? pattern, [NotNullWhen(false)] out string? mistake)
    {
        pattern = null;
        var bag = new DiagnosticBag(new SourceText("pattern", text));
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        mistake = parts.Length is 1 or 2 ? null : "a pattern is [METHODS ][SCHEME://]HOST[:PORT][/PATH], such as \"GET,HEAD api.github.com/repos/*\"";
        if (mistake is null && TryParseMethods(parts.Length == 2 ? parts[0] : MethodText.Any, bag, out var methods, out mistake)
            && TryParsePlace(parts[^1], bag, out var host, out var box, out mistake))
        {
            pattern = new RequestPattern(text, new RequestRule(host, null, box with { Methods = methods }));
            return true;
        }

        mistake ??= Describe(bag.ToSorted()[0]);
        return false;
    }

    /// <summary>Whether a request is one of those that are meant; asked of the classes that match rules.</summary>
    public bool Matches(RequestWitness witness)
    {
        var request = WitnessJudge.Request(witness);
        var box = Rule.When;
        return Rule.Host!.Value.Matches(request.Host.Text) // Patterns are never networks.
            && box.Ports?.Contains(request.Port) != false
            && box.Schemes?.Contains(witness.Scheme) != false
            && box.Methods?.Contains(witness.Method) != false
            && box.Paths?.Any(p => new PathPattern(p).Matches(request.Target.MatchPath)) != false;
    }

    /// <summary>Whether some request to a place could be meant.</summary>
    public bool MayMean(CanonicalRequest place) =>
        Rule.Host!.Value.Matches(place.Host.Text) && Rule.When.Ports?.Contains(place.Port) != false && Rule.When.Schemes?.Contains(place.Scheme!) != false; // Patterns are never networks, and a URL has a scheme.

    /// <summary>Whether every request to a place is meant.</summary>
    public bool MeansAll(CanonicalRequest place) => MayMean(place) && Rule.When is { Methods: null, Paths: null };

    /// <inheritdoc />
    public override string ToString() => Text;

    private static bool TryParseMethods(string text, DiagnosticBag bag, out ImmutableArray<string>? methods, out string? mistake)
    {
        methods = null;
        mistake = null;
        if (text == MethodText.Any)
        {
            return true;
        }

        var parsed = text.Split(',').Select(m => MethodText.Parse(Locate(m), bag)).ToArray();
        if (parsed.Contains("CONNECT"))
        {
            mistake = "CONNECT opens a tunnel: ask about the requests inside of it";
        }

        methods = [.. parsed.OfType<string>()];
        return mistake is null && !bag.HasErrors;
    }

    private static bool TryParsePlace(string text, DiagnosticBag bag, out HostPattern host, out RequestBox box, out string? mistake)
    {
        (host, box, mistake) = (default, RequestBox.Everything, null);
        foreach (var scheme in (string[])["http", "https"])
        {
            if (text.StartsWith($"{scheme}://", StringComparison.Ordinal))
            {
                box = box with { Schemes = [scheme] };
                text = text[(scheme.Length + 3)..];
                break;
            }
        }

        if (text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
        {
            if (PathText.Parse(Locate(text[slash..]), bag) is not { } path)
            {
                return false;
            }

            if (RequestPathAutomaton.HasSeveralReadings(path))
            {
                mistake = $"'{path}' names paths that can be read in several ways: ask about what they are read as, without parameters, dots and escaped slashes";
                return false;
            }

            box = box with { Paths = [path] };
            text = text[..slash];
        }

        var bracket = text.LastIndexOf(']');
        var colon = text.LastIndexOf(':');
        if (colon > bracket)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            {
                mistake = $"'{text[(colon + 1)..]}' is no port from 1 to 65535 (an IPv6 address is written in brackets)";
                return false;
            }

            box = box with { Ports = [port] };
            text = text[..colon];
        }

        if (HostText.ParseAnyPattern(Locate(text), bag) is not { } pattern)
        {
            return false;
        }

        host = HostPattern.Parse(pattern);
        return true;
    }

    private static Located<string> Locate(string value) =>
        new(value, new YamlScalar(new SourceText("pattern", value).Span(0, value.Length), value, YamlScalarStyle.Plain));

    private static string Describe(Diagnostic diagnostic) =>
        diagnostic.Hint is { } hint ? $"{diagnostic.Message} ({hint})" : diagnostic.Message;
}
