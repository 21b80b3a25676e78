using System.Collections;
using Scriban.Runtime;

namespace IronProxy.Targets.Templates;

/// <summary>
/// What a template may see. Values are handed over one by one: reading the members of whatever object comes along would need
/// reflection, and would show templates more than they were given.
/// </summary>
internal static class TemplateValues
{
    public static ScriptObject ObjectOf(IReadOnlyDictionary<string, object?> values)
    {
        var result = new ScriptObject();
        foreach (var (name, value) in values)
        {
            if (value is not null)
            {
                result.Add(name, Of(value));
            }
        }

        return result;
    }

    private static object Of(object value) => value switch
    {
        string or bool or int => value,
        IReadOnlyDictionary<string, object?> members => ObjectOf(members),
        IEnumerable items => new ScriptArray(items.Cast<object>().Select(Of)),
        _ => throw new ArgumentException($"Templates take no {value.GetType().Name}.", nameof(value)),
    };
}
