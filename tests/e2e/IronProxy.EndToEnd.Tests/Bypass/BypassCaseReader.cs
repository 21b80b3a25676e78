using System.Collections.Immutable;
using System.Globalization;
using IronProxy.Plan;
using YamlDotNet.RepresentationModel;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>Reads case files. A member that it does not know is an error: a typing mistake must not weaken a case.</summary>
internal static class BypassCaseReader
{
    public static string Folder { get; } = Repository.Path("tests", "e2e", "bypass");

    private static readonly string[] StepKinds = ["hex", "wait", "connect", "socks", "tls", "hello", "h2", "frames", "content", "ask"];

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
        var root = new Members((YamlMappingNode)yaml.Documents[0].RootNode);
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

    private static BypassExpectation ReadExpectation(Members map)
    {
        var found = new BypassExpectation
        {
            Status = map.Text("status") is { } status ? int.Parse(status, CultureInfo.InvariantCulture) : null,
            Reason = map.Text("reason"),
            Closed = map.Text("closed") == "true",
            Reply = map.Text("reply"),
            Tls = map.Text("tls"),
            Rcode = map.Text("rcode"),
            Answers = map.Has("answers") ? [.. map.List("answers").Select(n => n.ToString())] : null,
        };
        map.End();
        return found;
    }

    private static UpstreamExpectation ReadUpstream(Members map)
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

    private sealed class Members(YamlMappingNode map)
    {
        private readonly Dictionary<string, YamlNode> _left = map.Children.ToDictionary(p => p.Key.ToString(), p => p.Value, StringComparer.Ordinal);

        public bool Has(string name) => _left.ContainsKey(name);

        public bool IsText(string name, string value) =>
            _left.TryGetValue(name, out var node) && node is YamlScalarNode scalar && scalar.Value == value && _left.Remove(name);

        public string? Text(string name) => _left.Remove(name, out var node) ? ((YamlScalarNode)node).Value : null;

        public string Require(string name) => Text(name) ?? throw new FormatException($"it has no '{name}'");

        public Members Map(string name) => _left.Remove(name, out var node) && node is YamlMappingNode found
            ? new Members(found)
            : throw new FormatException($"it has no '{name}'");

        /// <summary>A list; a single value counts as a list of one, and <c>nothing</c> as an empty one.</summary>
        public IEnumerable<YamlNode> List(string name) => !_left.Remove(name, out var node) ? []
            : node is YamlSequenceNode list ? list.Children
            : node is YamlScalarNode { Value: "nothing" } ? []
            : [node];

        public void End()
        {
            if (_left.Count > 0)
            {
                throw new FormatException("it has members that are not known: " + string.Join(", ", _left.Keys));
            }
        }
    }
}
