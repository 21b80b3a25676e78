using IronProxy.Plan.Matching;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>A wildcard stands in a label that anyone can register, as in <c>*example.com</c>, which matches evilexample.com.</summary>
internal sealed class OpenGlob : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2003";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        foreach (var rule in context.RuleSets.SelectMany(s => s.Items))
        {
            if (rule.Host is not { } host || context.Relations.Hosts[host] is not { Kind: HostPatternKind.Glob } pattern || Example(pattern) is not { } example)
            {
                continue;
            }

            var name = pattern.Text.TrimStart('*', '.');
            context.Report(
                this,
                rule.At,
                $"a wildcard stands where anyone can register a name: {pattern.Text} matches {example}, too",
                name.AsSpan().ContainsAny('*', '?')
                    ? "write the names out, or put the wildcard in front of a domain that is yours, such as *.example.com"
                    : $"write *.{name} for {name} and everything below it");
        }
    }

    /// <summary>A name of somebody else's that the pattern matches; null when its labels in front belong to one owner.</summary>
    private static string? Example(HostPattern pattern)
    {
        var tail = pattern.LiteralTail;

        // An address with wildcards cannot be registered.
        if (pattern.Name.All(c => c is '*' or '?' or '.' || char.IsAsciiDigit(c)) || (tail.Length > 0 && !SharedDomains.Holds(tail)))
        {
            return null;
        }

        var example = pattern.Name.Replace("*", "evil", StringComparison.Ordinal).Replace('?', 'x');
        return pattern.Matches(example) ? example : null;
    }
}
