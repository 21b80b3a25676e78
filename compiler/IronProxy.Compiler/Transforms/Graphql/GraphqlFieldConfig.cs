using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Matchers;

namespace IronProxy.Compiler.Transforms.Graphql;

/// <summary>A field that may be selected. Of several entries with one field any may allow it.</summary>
internal sealed record GraphqlFieldConfig : ConfigRecord
{
    /// <summary>Name of the field, whatever its alias; "*" is any but those of introspection.</summary>
    [Key("field", Required = true)]
    public Located<string>? Field { get; init; }

    /// <summary>Paths of the fields that may be selected beneath it, such as issues.nodes.title, with all that is beneath those. Any when absent.</summary>
    [Key("fields")]
    public LocatedList<Located<string>>? Fields { get; init; }

    /// <summary>What is asked of the arguments of the field. All must hold.</summary>
    [Key("when")]
    public LocatedList<MatcherConfig>? When { get; init; }
}
