using System.Collections.Immutable;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan.Serialization;
using IronProxy.Targets.Files;
using IronProxy.Targets.Model;
using IronProxy.Targets.Options;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Tests;

/// <summary>Renders a target for a policy, as the command does.</summary>
internal static class Rendering
{
    /// <summary>The files by their paths. Fails when preflight has an error.</summary>
    public static ImmutableSortedDictionary<string, string> Of(IDeploymentTarget target, string policy, params string[] set)
    {
        var source = new SourceText("proxy.yaml", policy);
        var result = ProxyCompiler.Compile(source);
        Assert.True(result.Plan is not null, string.Join("\n", result.Diagnostics.Select(d => $"{d.Span.Line}: {d.Message}")));
        var preflight = new PreflightReport(source, PolicyPlaces.Of(source).Find);
        var options = OptionValues.Read(set.Select(s => KeyValuePair.Create(s[..s.IndexOf('=', StringComparison.Ordinal)], s[(s.IndexOf('=', StringComparison.Ordinal) + 1)..])), target, preflight);
        ImmutableArray<DeploymentFile> files = options is null
            ? []
            : target.Render(new DeploymentRequest(result.Plan, PlanSerializer.Write(result.Plan), DeploymentModel.Of(result.Plan), options, preflight));
        Assert.False(preflight.HasErrors, string.Join("\n", preflight.ToSorted().Select(d => d.Message)));
        return files.ToImmutableSortedDictionary(f => f.Path, f => f.Text, StringComparer.Ordinal);
    }
}
