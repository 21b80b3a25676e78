using IronProxy.Compiler.Schema;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Transforms.Allowlist;
using IronProxy.Compiler.Validation;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Merging;

/// <summary>Reads and checks a file of egress rules as the compiler reads an allowlist, so that mistakes have places in that file.</summary>
internal static class EgressRulesReader
{
    private const string Host = "host";
    private const string Domain = "domain";

    /// <summary>The rules of a file; null when there is an error, which the bag then says.</summary>
    public static EgressRulesConfig? Read(DiagnosticBag bag)
    {
        if (YamlReader.Read(bag) is not { } tree)
        {
            return null;
        }

        var structure = new StructureValidator(bag);
        if (structure.Bind<EgressRulesConfig>(WithHosts(tree, bag)) is not { } config)
        {
            return null;
        }

        AllowlistValidator.ValidateLists(config, config.Domains, config.Cidrs, config.Rules, new ValidationContext(bag, structure));
        return bag.HasErrors ? null : config;
    }

    /// <summary>The same file with <c>host</c> for every <c>domain</c> of a rule.</summary>
    private static YamlNode WithHosts(YamlNode tree, DiagnosticBag bag)
    {
        if (tree is not YamlMapping file || !file.TryGet("rules", out var rules) || rules.Value is not YamlSequence list)
        {
            return tree;
        }

        var renamed = new YamlSequence(list.Span);
        foreach (var item in list.Items)
        {
            renamed.Add(item is YamlMapping rule ? WithHost(rule, bag) : item);
        }

        var result = new YamlMapping(file.Span);
        foreach (var entry in file.Entries)
        {
            result.TryAdd(entry.Key.Value == "rules" ? entry with { Value = renamed } : entry);
        }

        return result;
    }

    private static YamlMapping WithHost(YamlMapping rule, DiagnosticBag bag)
    {
        if (!rule.TryGet(Domain, out var domain))
        {
            return rule;
        }

        if (rule.TryGet(Host, out var host))
        {
            bag.RuleWithHostAndDomain(domain.Key.Span, (host.Value as YamlScalar)?.Value ?? "");
        }

        var result = new YamlMapping(rule.Span);
        foreach (var entry in rule.Entries)
        {
            // With both, the host comes first or the first of them stays: the finding is an error anyway.
            result.TryAdd(entry.Key.Value == Domain ? entry with { Key = new YamlScalar(entry.Key.Span, Host, entry.Key.Style) } : entry);
        }

        return result;
    }
}
