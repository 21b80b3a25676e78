using System.Collections.Concurrent;
using System.Reflection;
using HandlebarsDotNet;

namespace IronProxy.Targets.Templates;

/// <summary>
/// A file of text with gaps: Dockerfiles, scripts, unit files. Templates are files of their own, so that a reader sees the
/// text and not the code around it. A gap without a value is a fault of ours and throws.
/// </summary>
public sealed class TextTemplate
{
    private static readonly ConcurrentDictionary<(Assembly, string), TextTemplate> Loaded = new();

    private readonly HandlebarsTemplate<object, object> _template;

    private TextTemplate(string text) => _template = Engine().Compile(text);

    /// <summary>A template that was embedded into an assembly.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="name">Name of the resource, such as <c>install.sh.hbs</c>.</param>
    public static TextTemplate Load(Assembly assembly, string name) => Loaded.GetOrAdd((assembly, name), static key =>
    {
        using var stream = key.Item1.GetManifestResourceStream(key.Item2)
            ?? throw new InvalidOperationException($"{key.Item1.GetName().Name} was built without {key.Item2}.");
        using var reader = new StreamReader(stream);
        return new TextTemplate(reader.ReadToEnd());
    });

    /// <summary>Fills a template of a target: the resource <c>NAME.TEMPLATE.hbs</c> of its assembly.</summary>
    /// <param name="target">The target.</param>
    /// <param name="template">What is made, such as <c>README.md</c>.</param>
    /// <param name="values">What the gaps are filled with.</param>
    public static string Fill(IDeploymentTarget target, string template, object values) =>
        Load(target.GetType().Assembly, $"{target.Name}.{template}.hbs").Render(values);

    /// <summary>Fills the gaps.</summary>
    public string Render(object values) => _template(values);

    private static IHandlebars Engine()
    {
        var engine = Handlebars.Create(new HandlebarsConfiguration
        {
            // What is generated is not HTML; what a shell must not read differently is checked or quoted.
            NoEscape = true,
            ThrowOnUnresolvedBindingExpression = true,
        });
        engine.RegisterHelper("sh", static (output, _, arguments) => output.WriteSafeString(ShellText.Quote(arguments.At<string>(0) ?? throw new InvalidOperationException("A gap has no value."))));
        return engine;
    }
}
