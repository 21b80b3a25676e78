using System.Collections.Immutable;

namespace IronProxy.Compiler.Analysis.Spaces;

/// <summary>The requests that are in every one of some sets.</summary>
/// <param name="Sets">The sets; without one, every request is in the space.</param>
public sealed record RequestSpace(ImmutableArray<RequestSet> Sets)
{
    /// <summary>No request.</summary>
    public static RequestSpace Nothing { get; } = new([new RequestSet([])]);

    /// <summary>Every request.</summary>
    public static RequestSpace Everything { get; } = new([]);

    /// <summary>The requests that match any of the rules.</summary>
    public static RequestSpace Of(IEnumerable<RequestRule> rules) => new([new RequestSet([.. rules])]);

    /// <summary>Every request of some clients.</summary>
    public static RequestSpace OfClients(IEnumerable<string> clients) => Of([RequestRule.Everything with { When = new RequestBox { Clients = [.. clients] } }]);

    /// <summary>The requests that are in both spaces.</summary>
    public RequestSpace And(RequestSpace other) => new(Sets.AddRange(other.Sets));
}
