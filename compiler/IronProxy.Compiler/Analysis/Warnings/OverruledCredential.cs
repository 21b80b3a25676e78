using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Warnings;

/// <summary>
/// Two credentials are set in one place of the same requests, and the first wins. An earlier one for fewer requests is no
/// mistake: entries go from narrow to wide.
/// </summary>
internal sealed class OverruledCredential : PolicyWarning
{
    /// <inheritdoc />
    public override string Code => "IRON2013";

    /// <inheritdoc />
    public override void Check(AnalysisContext context)
    {
        var earlier = new Dictionary<string, List<CredentialUse>>(StringComparer.OrdinalIgnoreCase);
        foreach (var credential in context.Credentials)
        {
            foreach (var place in PlacesOf(credential))
            {
                if (!earlier.TryGetValue(place, out var others))
                {
                    earlier[place] = others = [];
                }

                if (others.FirstOrDefault(o => Overrules(context, o, credential)) is { } first)
                {
                    context.Report(
                        this,
                        credential.At,
                        $"{first.Title} on line {first.At.Line} sets {place} of the same requests, and the first wins",
                        "give each its own rules, the narrower ones first, or remove one");
                    break;
                }

                others.Add(credential);
            }
        }
    }

    private static IEnumerable<string> PlacesOf(CredentialUse credential) =>
        credential.Sets.Select(h => $"the header {h}").Concat(credential.Parameter is { } parameter ? [$"the query parameter {parameter}"] : []);

    /// <summary>Whether one acts on all requests that match some rule of another.</summary>
    private static bool Overrules(AnalysisContext context, CredentialUse first, CredentialUse second) =>
        first.Rules is not { } rules
        || (second.Rules is { } set && (set == rules || context.RuleSets[set].Items.Any(r => context.Lookup(rules).FindCover(r) is not null)));
}
