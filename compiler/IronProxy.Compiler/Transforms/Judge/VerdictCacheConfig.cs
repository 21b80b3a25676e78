using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>Remembers verdicts of the model, for requests that are the same to the last byte. What was decided without an answer is not remembered.</summary>
internal sealed record VerdictCacheConfig : ConfigRecord
{
    /// <summary>How long a verdict holds, such as 5m.</summary>
    [Key("ttl", Required = true)]
    public Located<string>? Ttl { get; init; }

    /// <summary>How many verdicts are remembered. The one that was used least recently makes room for another.</summary>
    [Key("max_entries", Default = 1000L, Minimum = 1, Maximum = 1_000_000)]
    public Located<long>? MaxEntries { get; init; }
}
