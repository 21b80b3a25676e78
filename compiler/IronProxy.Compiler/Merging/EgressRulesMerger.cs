using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Formatting;
using IronProxy.Compiler.Rules;
using IronProxy.Diagnostics;
using YamlDotNet.Core;

namespace IronProxy.Compiler.Merging;

/// <summary>Adds files of egress rules to the allowlist of a policy.</summary>
public static class EgressRulesMerger
{
    /// <summary>The policy in its canonical layout, with the rules behind those that its one allowlist has.</summary>
    /// <param name="policy">A proxy.yaml with one allowlist.</param>
    /// <param name="rules">The files, in the order in which their rules are added.</param>
    /// <param name="settings">What is set beside.</param>
    public static RewrittenPolicy Merge(SourceText policy, IReadOnlyList<SourceText> rules, MergeSettings settings)
    {
        var findings = ImmutableArray.CreateBuilder<Diagnostic>();
        var read = new List<(SourceText File, EgressRulesConfig Config)>();
        foreach (var file in rules)
        {
            var bag = new DiagnosticBag(file);
            if (EgressRulesReader.Read(bag) is { } config)
            {
                read.Add((file, config));
            }

            findings.AddRange(bag.ToSorted());
        }

        var layout = ProxyFormatter.Read(policy, out var diagnostics);
        if (layout is null || read.Count < rules.Count)
        {
            return new RewrittenPolicy(null, [.. diagnostics, .. findings], null);
        }

        LayoutPart[] allowlists = [.. AllowlistLayout.Configs(layout.Root)];
        if (allowlists is not [{ Value: LayoutCollection allowlist }])
        {
            return new RewrittenPolicy(null, findings.ToImmutable(), $"it has {allowlists.Length} allowlists, and one is needed");
        }

        foreach (var (file, config) in read)
        {
            Append(allowlist, "domains", [.. (config.Domains?.Items ?? []).Select(d => Text(d.Value))], file);
            Append(allowlist, "cidrs", [.. (config.Cidrs?.Items ?? []).Select(c => Text(c.Value))], file);
            Append(allowlist, "rules", [.. (config.Rules?.Items ?? []).Select(Rule)], file);
        }

        if (settings.Warn is { } warn)
        {
            Set(allowlist, "warn", Plain(warn ? "true" : "false"));
        }

        if (settings.UpstreamResolver is { } resolver)
        {
            Set(Section(layout.Root, "dns"), "upstream_resolver", Text(resolver));
        }

        var merged = new SourceText($"{policy.Path} (merged)", layout.Write());
        var compiled = ProxyCompiler.Compile(merged);
        return compiled.Plan is null
            ? new RewrittenPolicy(null, compiled.Diagnostics, null)
            : new RewrittenPolicy(merged.Content, findings.ToImmutable(), null);
    }

    /// <summary>Appends to a list of the allowlist, with a comment above the first that says where they come from.</summary>
    private static void Append(LayoutCollection allowlist, string key, LayoutNode[] values, SourceText file)
    {
        if (values.Length == 0)
        {
            return;
        }

        var index = allowlist.Parts.FindIndex(p => p.Key?.Value == key);
        var list = index >= 0 ? allowlist.Parts[index].Value as LayoutCollection : null;
        if (list is null)
        {
            list = new LayoutCollection(default, isMapping: false, isFlow: false);
            Set(allowlist, key, list);
        }

        foreach (var value in values)
        {
            list.Parts.Add(new LayoutPart { Parent = list, Value = value });
        }

        list.Parts[^values.Length].Leading.Add(new LayoutComment($"# From {ScalarWriter.DoubleQuoted(file.Path)[1..^1]}", BlankBefore: false));
    }

    private static LayoutCollection Rule(RuleConfig rule)
    {
        var result = new LayoutCollection(default, isMapping: true, isFlow: false);
        AddText("host", rule.Host);
        AddText("cidr", rule.Cidr);
        AddTexts("methods", rule.Methods);
        AddTexts("paths", rule.Paths);
        if (rule.Ports is { } ports)
        {
            Set(result, "ports", Brackets(ports.Items.Select(p => Plain(p.Value.ToString(CultureInfo.InvariantCulture)))));
        }

        AddTexts("schemes", rule.Schemes);
        AddTexts("clients", rule.Clients);
        return result;

        void AddText(string key, Located<string>? value)
        {
            if (value is { } text)
            {
                Set(result, key, Text(text.Value));
            }
        }

        void AddTexts(string key, LocatedList<Located<string>>? values)
        {
            if (values is not null)
            {
                Set(result, key, Brackets(values.Items.Select(v => Text(v.Value))));
            }
        }
    }

    private static LayoutCollection Brackets(IEnumerable<LayoutScalar> values)
    {
        var list = new LayoutCollection(default, isMapping: false, isFlow: true);
        list.Parts.AddRange(values.Select(v => new LayoutPart { Parent = list, Value = v }));
        return list;
    }

    private static LayoutCollection Section(LayoutCollection policy, string name)
    {
        if (policy.Parts.Find(p => p.Key?.Value == name)?.Value is LayoutCollection section)
        {
            return section;
        }

        section = new LayoutCollection(default, isMapping: true, isFlow: false);
        Set(policy, name, section);
        return section;
    }

    /// <summary>Sets the value of a key. What is said about the key in comments stays.</summary>
    private static void Set(LayoutCollection mapping, string key, LayoutNode value)
    {
        var index = mapping.Parts.FindIndex(p => p.Key?.Value == key);
        var part = new LayoutPart { Parent = mapping, Key = Text(key), Value = value };
        if (index < 0)
        {
            mapping.Parts.Add(part);
            return;
        }

        var old = mapping.Parts[index];
        part.Leading.AddRange(old.Leading);
        (part.Inline, part.BlankBefore) = (old.Inline, old.BlankBefore);
        mapping.Parts[index] = part;
    }

    private static LayoutScalar Text(string value) => new(default, value, ScalarStyle.DoubleQuoted, isText: true);

    private static LayoutScalar Plain(string value) => new(default, value, ScalarStyle.Plain, isText: false);
}

/// <summary>What is set in a policy while rules are merged into it. Null leaves it as it is.</summary>
/// <param name="Warn">Whether violations of the allowlist are recorded instead of blocked.</param>
/// <param name="UpstreamResolver">Where the proxy asks for addresses: <c>dns.upstream_resolver</c>.</param>
public sealed record MergeSettings(bool? Warn, string? UpstreamResolver);
