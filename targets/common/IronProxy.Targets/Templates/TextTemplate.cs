using System.Collections.Concurrent;
using System.Reflection;
using Scriban;

namespace IronProxy.Targets.Templates;

/// <summary>
/// A file of text with gaps: Dockerfiles, scripts, unit files. Templates are files of their own, so that a reader sees the
/// text and not the code around it. What a template asks for and does not get is a fault of ours: it throws, with file and line.
/// </summary>
public sealed class TextTemplate
{
    private static readonly ConcurrentDictionary<(Assembly, string), TextTemplate> Loaded = new();

    private readonly Template _template;

    private TextTemplate(string text, string path)
    {
        _template = Template.Parse(text, path);
        if (_template.HasErrors)
        {
            throw new InvalidOperationException(string.Join('\n', _template.Messages));
        }
    }

    /// <summary>A template that was embedded into an assembly. Each is parsed once.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="name">Its path in the project, such as <c>Templates/install.sh.scriban</c>.</param>
    public static TextTemplate Load(Assembly assembly, string name) => Loaded.GetOrAdd((assembly, name), static key =>
    {
        var (assembly, name) = key;
        var project = assembly.GetName().Name;
        using var stream = assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{project} was built without {name}.");
        using var reader = new StreamReader(stream);
        return new TextTemplate(reader.ReadToEnd(), $"{project}/{name}");
    });

    /// <summary>Fills a template of a target: <c>Templates/TEMPLATE.scriban</c> of its project.</summary>
    /// <param name="target">The target.</param>
    /// <param name="template">What is made, such as <c>README.md</c>.</param>
    /// <param name="values">What the gaps are filled with.</param>
    public static string Fill(IDeploymentTarget target, string template, IReadOnlyDictionary<string, object?> values) =>
        Load(target.GetType().Assembly, $"Templates/{template}.scriban").Render(values);

    /// <summary>Fills the gaps.</summary>
    /// <param name="values">
    /// Text, numbers, yes and no, lists of them, and objects as further dictionaries. What is null is not there.
    /// </param>
    public string Render(IReadOnlyDictionary<string, object?> values)
    {
        var context = new StrictContext();
        context.PushGlobal(TemplateValues.ObjectOf(values));
        return _template.Render(context);
    }
}
