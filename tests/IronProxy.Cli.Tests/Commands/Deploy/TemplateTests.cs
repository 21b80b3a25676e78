using IronProxy.Cli.Commands.Deploy;
using IronProxy.Targets.Templates;
using IronProxy.Testing;

namespace IronProxy.Cli.Tests.Commands.Deploy;

public class TemplateTests
{
    /// <summary>Also those that no sample asks for: a mistake in one would be found by whoever does.</summary>
    [Fact]
    public void Every_template_is_built_in_and_can_be_read()
    {
        var templates = DeploymentTargets.All.Select(t => t.GetType().Assembly).Append(typeof(TextTemplate).Assembly)
            .SelectMany(a => a.GetManifestResourceNames().Where(n => n.EndsWith(".scriban", StringComparison.Ordinal)).Select(n => (Assembly: a, Name: n))).ToArray();

        Assert.Equal(
            Directory.GetFiles(RepositoryRoot.Combine("targets"), "*.scriban", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal),
            templates.Select(t => Path.GetFileName(t.Name)).Order(StringComparer.Ordinal));
        Assert.All(templates, t => TextTemplate.Load(t.Assembly, t.Name));
    }
}
