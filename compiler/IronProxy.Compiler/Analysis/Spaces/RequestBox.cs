using System.Collections.Immutable;
using IronProxy.Plan;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>What a rule asks beside the host: a product of sets, one for each dimension. Null is every value.</summary>
public sealed record RequestBox
{
    /// <summary>The box that holds every request.</summary>
    public static RequestBox Everything { get; } = new();

    /// <summary>Ports.</summary>
    public ImmutableArray<int>? Ports { get; init; }

    /// <summary>Schemes, <c>http</c> or <c>https</c>.</summary>
    public ImmutableArray<string>? Schemes { get; init; }

    /// <summary>Methods in upper case.</summary>
    public ImmutableArray<string>? Methods { get; init; }

    /// <summary>Path patterns.</summary>
    public ImmutableArray<string>? Paths { get; init; }

    /// <summary>Names of clients. Only null holds the requests of those who are not known.</summary>
    public ImmutableArray<string>? Clients { get; init; }

    /// <summary>The box of a plan's condition. This is the one place where conditions are read.</summary>
    public static RequestBox Of(ConditionPlan condition) => new()
    {
        Ports = condition.Ports,
        Schemes = condition.Scheme is { } scheme ? [scheme] : null,
        Methods = condition.Methods,
        Paths = condition.Paths,
        Clients = condition.Clients,
    };

    /// <summary>The part of the box that travels over one scheme; null when there is none.</summary>
    public RequestBox? Over(string scheme) =>
        Schemes is { } schemes && !schemes.Contains(scheme) ? null : this with { Schemes = [scheme] };

    /// <summary>Equal boxes have equal keys.</summary>
    internal string Key => $"{Part(Ports)} {Part(Schemes)} {Part(Methods)} {Part(Paths)} {Part(Clients)}";

    // None of the values holds a space or a bar: neither is a character of methods, paths or clients.
    private static string Part<T>(ImmutableArray<T>? values) =>
        values is { } v ? "|" + string.Join('|', v.Select(x => $"{x}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) : "*";
}
