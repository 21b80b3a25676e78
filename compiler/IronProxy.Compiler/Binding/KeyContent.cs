namespace IronProxy.Compiler.Binding;

/// <summary>What a mapping without keys of its own in the schema holds. Editors are told; validators check it.</summary>
internal enum KeyContent
{
    /// <summary>What the validator of the record says.</summary>
    Other,

    /// <summary>A secret source.</summary>
    Source,

    /// <summary>Secret sources by names that the user chooses.</summary>
    SourceMap,

    /// <summary>What OneOf of the key lists, by names that the user chooses.</summary>
    ChoiceMap,

    /// <summary>Levels of findings, by their codes.</summary>
    Levels,
}
