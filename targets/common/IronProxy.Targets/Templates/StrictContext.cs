using Scriban;
using Scriban.Parsing;
using Scriban.Syntax;

namespace IronProxy.Targets.Templates;

/// <summary>Has no answer of its own for what is missing, and takes nothing for something of another kind.</summary>
internal sealed class StrictContext : TemplateContext
{
    public StrictContext()
        : base(TemplateFunctions.All)
    {
        StrictVariables = true;
        EnableRelaxedMemberAccess = false;
        EnableRelaxedIndexerAccess = false;

        // A gap that stands behind spaces takes its text as it is: where a line begins matters in here-documents.
        AutoIndent = false;

        // They are for templates of strangers, and would cut off a long list without a word.
        LoopLimit = 0;
        LimitToString = 0;
    }

    /// <summary>A condition: left to itself, Scriban takes an empty text and an empty list for true.</summary>
    public override bool ToBool(SourceSpan span, object? value) =>
        value is bool answer ? answer : throw new ScriptRuntimeException(span, $"A condition is true or false, and this is {Describe(value)}.");

    /// <summary>A gap: a list would be printed as code has it.</summary>
    public override TemplateContext Write(SourceSpan span, object? textAsObject) =>
        textAsObject is string or int ? base.Write(span, textAsObject) : throw new ScriptRuntimeException(span, $"A gap takes text or a number, and this is {Describe(textAsObject)}.");

    private static string Describe(object? value) => value switch
    {
        null => "nothing",
        bool => "true or false",
        string => "text",
        int => "a number",
        _ => "a list or an object",
    };
}
