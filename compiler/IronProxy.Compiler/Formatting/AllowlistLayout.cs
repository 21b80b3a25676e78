using IronProxy.Plan;

namespace IronProxy.Compiler.Formatting;

/// <summary>Finds the allowlists of a policy in its layout, for commands that rewrite one.</summary>
internal static class AllowlistLayout
{
    /// <summary>The entries <c>config</c> of its allowlists, in the order of the file.</summary>
    public static IEnumerable<LayoutPart> Configs(LayoutCollection policy) =>
        from section in policy.Parts
        where section.Key?.Value == "transforms"
        from item in ((LayoutCollection)section.Value).Parts
        let transform = (LayoutCollection)item.Value
        where transform.Parts.Exists(p => p is { Key.Value: "name", Value: LayoutScalar { Value: AllowlistStepPlan.TypeName } })
        from part in transform.Parts
        where part.Key?.Value == "config"
        select part;
}
