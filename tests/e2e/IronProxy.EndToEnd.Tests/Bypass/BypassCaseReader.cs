using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Plan;
using YamlDotNet.RepresentationModel;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>Reads case files. A member that it does not know is an error: a typing mistake must not weaken a case.</summary>
internal static class BypassCaseReader
{
    public static string Folder { get; } = Repository.Path("tests", "e2e", "bypass");

    private static readonly string[] StepKinds = ["hex", "wait", "connect", "socks", "proxy_tls", "tls", "hello", "h2", "frames", "content", "ask"];

    public static IReadOnlyList<BypassCase> ReadAll() =>
        [.. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(Path.GetDirectoryName(f)) != "policies")
            .Order(StringComparer.Ordinal)
            .Select(Read)];

    public static string ReadPolicy(string name) => File.ReadAllText(Path.Combine(Folder, "policies", name + ".yaml"));

    private static BypassCase Read(string file)
    {
        var name = Path.GetRelativePath(Folder, file)[..^".yaml".Length];
        try
        {
            return Read(name, File.ReadAllText(file));
        }
        catch (Exception e) when (e is FormatException or YamlDotNet.Core.YamlException)
        {
            throw new FormatException($"{name}: {e.Message}", e);
        }
    }

    private static BypassCase Read(string name, string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        var root = new CaseMembers((YamlMappingNode)yaml.Documents[0].RootNode);
        var found = new BypassCase
        {
            Name = name,
            Why = root.Require("why"),
            Listener = root.Require("listener"),
            Policy = root.Require("policy"),
            Check = root.Text("check") is { } check ? Enum.Parse<Check>(check) : null,
            Send = [.. root.List("send").Select(ReadStep)],
            Expect = ReadExpectation(root.Map("expect")),
            Upstream = root.IsText("upstream", "nothing") ? null : ReadUpstream(root.Map("upstream")),
            Resolver = root.Has("resolver") ? [.. root.List("resolver").Select(n => n.ToString())] : null,
            Audit = [.. root.List("audit").Select(n => ((YamlMappingNode)n).Select(p => (p.Key.ToString(), p.Value.ToString())).ToImmutableArray())],
        };
        root.End();
        return found;
    }

    private static BypassStep ReadStep(YamlNode node)
    {
        if (node is YamlScalarNode text)
        {
            return new BypassStep("send", text.Value ?? "", []);
        }

        var pairs = ((YamlMappingNode)node).Children.ToArray();
        var kind = pairs[0].Key.ToString();
        if (!StepKinds.Contains(kind))
        {
            throw new FormatException($"there is no step '{kind}'");
        }

        var main = pairs[0].Value is YamlScalarNode scalar ? scalar.Value ?? "" : "";
        var nested = pairs[0].Value is YamlMappingNode map ? map.Children.AsEnumerable() : [];
        return new BypassStep(kind, main, [.. nested.Concat(pairs.Skip(1)).Select(p => (p.Key.ToString(), p.Value.ToString()))]);
    }

    private static BypassExpectation ReadExpectation(CaseMembers map)
    {
        var found = new BypassExpectation
        {
            Status = map.Text("status") is { } status ? int.Parse(status, CultureInfo.InvariantCulture) : null,
            Reason = map.Text("reason"),
            Has = [.. map.List("has").Select(n => n.ToString())],
            HasNot = [.. map.List("has_not").Select(n => n.ToString())],
            Closed = map.Text("closed") == "true",
            Reply = map.Text("reply"),
            Tls = map.Text("tls"),
            Rcode = map.Text("rcode"),
            Answers = map.Has("answers") ? [.. map.List("answers").Select(n => n.ToString())] : null,
        };
        map.End();
        return found;
    }

    private static UpstreamExpectation ReadUpstream(CaseMembers map)
    {
        var found = new UpstreamExpectation
        {
            Line = map.Text("line"),
            Has = [.. map.List("has").Select(n => n.ToString())],
            HasNot = [.. map.List("has_not").Select(n => n.ToString())],
            Body = map.Text("body"),
        };
        map.End();
        return found;
    }
}
