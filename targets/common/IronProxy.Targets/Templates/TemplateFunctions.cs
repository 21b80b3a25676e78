using System.Collections;
using Scriban.Runtime;

namespace IronProxy.Targets.Templates;

/// <summary>All that a template can call. Scriban's own functions are left out: no template needs one.</summary>
internal static class TemplateFunctions
{
    public static ScriptObject All { get; } = new()
    {
        // {{ sh x }}: one word for a shell; of a list one each, with spaces between them.
        { "sh", DelegateCustomFunction.CreateFunc<object, string>(static value => string.Join(' ', TextsOf(value).Select(ShellText.Quote))) },

        // {{ list | join ", " }}
        { "join", DelegateCustomFunction.CreateFunc<object, string, string>(static (list, separator) => string.Join(separator, TextsOf(list))) },
    };

    private static IEnumerable<string> TextsOf(object value) => value is string text ? [text] : ((IEnumerable)value).Cast<string>();
}
