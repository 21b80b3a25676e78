using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Sections.Clients;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Rules;

/// <summary>Checks rules, which allowlists, secrets and other transforms have in common.</summary>
internal static class RuleValidator
{
    /// <summary>The scheme without TLS.</summary>
    public const string Http = "http";

    /// <summary>The scheme with TLS.</summary>
    public const string Https = "https";

    /// <summary>Lists whose absence allows all.</summary>
    private static readonly string[] Choices = ["methods", "paths", "ports", "schemes", "clients"];

    /// <summary>Checks the rules of a step or an entry.</summary>
    /// <param name="owner">What has the key rules.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="context">What is known of the file.</param>
    public static void Validate<T>(ConfigRecord owner, LocatedList<T>? rules, ValidationContext context)
        where T : RuleConfig
    {
        context.RequireValue(owner, "rules", "everywhere or nowhere");
        foreach (var rule in rules?.Items ?? [])
        {
            Validate(rule, context);
        }
    }

    private static void Validate(RuleConfig rule, ValidationContext context)
    {
        var bag = context.Bag;
        if (rule is { Host: not null, Cidr: not null })
        {
            bag.RuleWithHostAndNetwork(rule.KeySpan("cidr"));
        }
        else if (!rule.Has("host") && !rule.Has("cidr") && !context.Structure.IsBroken(rule))
        {
            bag.RuleWithoutHost(rule.Span);
        }

        if (rule.Host is { } host)
        {
            HostText.ParsePattern(host, bag);
        }

        if (rule.Cidr is { } cidr)
        {
            NetworkText.Parse(cidr, bag);
        }

        if (rule.Methods is { } methods)
        {
            ValidateMethods(methods, context);
        }

        if (rule.Paths is { } paths)
        {
            ValidatePaths(paths, context);
        }

        foreach (var client in rule.Clients?.Items ?? [])
        {
            if (context.Clients is { } known && !known.Contains(client.Value))
            {
                bag.ClientUnknown(client.Span, client.Value, known);
            }
        }

        // The values of ports and schemes are checked with the structure.
        foreach (var key in Choices)
        {
            RequireItems(rule, key, context);
        }
    }

    private static void RequireItems(RuleConfig rule, string key, ValidationContext context)
    {
        if (!rule.Node.TryGet(key, out var entry))
        {
            return;
        }

        // A list whose items are all commented out has no value at all.
        if (ValidationContext.IsWithoutValue(entry))
        {
            context.Bag.EmptyChoice(entry.Key.Span, key);
        }
        else if (entry.Value is YamlSequence { Items.Count: 0 })
        {
            context.Bag.EmptyChoice(entry.Value.Span, key);
        }
    }

    private static void ValidateMethods(LocatedList<Located<string>> methods, ValidationContext context)
    {
        foreach (var method in methods.Items)
        {
            if (method.Value != MethodText.Any)
            {
                MethodText.Parse(method, context.Bag);
            }
            else if (methods.Items.Count > 1)
            {
                context.Bag.MethodBesideWildcard(method.Span);
            }
        }
    }

    private static void ValidatePaths(LocatedList<Located<string>> paths, ValidationContext context)
    {
        foreach (var path in paths.Items)
        {
            PathText.Warn(path, context.Bag);
            if (!context.ValidPaths.Contains(path.Value) && PathText.Parse(path, context.Bag) is not null)
            {
                context.ValidPaths.Add(path.Value);
            }
        }
    }
}
