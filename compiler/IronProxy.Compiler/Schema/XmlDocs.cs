using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace IronProxy.Compiler.Schema;

/// <summary>What an assembly's documentation file says about types and properties.</summary>
internal sealed partial class XmlDocs
{
    private readonly Dictionary<string, string> _summaries = new(StringComparer.Ordinal);

    /// <summary>Reads a documentation file.</summary>
    public XmlDocs(XDocument file)
    {
        foreach (var member in file.Descendants("member"))
        {
            var name = (string?)member.Attribute("name") ?? "";
            if (Flatten(member.Element("summary")) is { } summary)
            {
                _summaries[name] = summary;
            }

            // Positional records describe their properties as parameters.
            foreach (var parameter in member.Elements("param"))
            {
                if (Flatten(parameter) is { } text)
                {
                    _summaries[$"{name}/{(string?)parameter.Attribute("name")}"] = text;
                }
            }
        }
    }

    /// <summary>The summary of a type.</summary>
    public string? Of(Type type) => _summaries.GetValueOrDefault($"T:{type.FullName?.Replace('+', '.')}");

    /// <summary>The summary of a property.</summary>
    public string? Of(PropertyInfo property) =>
        _summaries.GetValueOrDefault($"P:{property.DeclaringType?.FullName?.Replace('+', '.')}.{property.Name}");

    /// <summary>What a positional record says about one of its parameters.</summary>
    public string? OfParameter(PropertyInfo property) =>
        _summaries.GetValueOrDefault($"T:{property.DeclaringType?.FullName?.Replace('+', '.')}/{property.Name}");

    /// <summary>The text of a summary, with references as their last name and all white space as single blanks.</summary>
    private static string? Flatten(XElement? summary)
    {
        if (summary is null)
        {
            return null;
        }

        var text = string.Concat(summary.Nodes().Select(n => n switch
        {
            XElement { Name.LocalName: "see" or "paramref" } e => ((string?)e.Attribute("cref") ?? (string?)e.Attribute("name") ?? "").Split('.')[^1],
            XElement e => e.Value,
            XText t => t.Value,
            _ => "",
        }));
        return Blanks().Replace(text, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
