using IronProxy.Compiler.Binding;

namespace IronProxy.Compiler.Transforms.Judge;

/// <summary>What a million tokens cost, in US dollars. With it audit records say what each question has cost.</summary>
internal sealed record TokenPriceConfig : ConfigRecord
{
    /// <summary>A million tokens that the model is sent, such as 0.80.</summary>
    [Key("input", Required = true)]
    public Located<string>? Input { get; init; }

    /// <summary>A million tokens that it answers, such as 4.</summary>
    [Key("output", Required = true)]
    public Located<string>? Output { get; init; }
}
