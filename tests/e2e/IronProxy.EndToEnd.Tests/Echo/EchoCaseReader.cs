using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace IronProxy.EndToEnd.Tests.Echo;

/// <summary>Reads case files.</summary>
internal static class EchoCaseReader
{
    private static readonly string Folder = Repository.Path("tests", "e2e", "echo");

    public static IReadOnlyList<EchoCase> ReadAll() =>
        [.. Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Read)];

    private static EchoCase Read(string file)
    {
        var name = Path.GetRelativePath(Folder, file)[..^".yaml".Length];
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(File.ReadAllText(file)));
            var root = new CaseMembers((YamlMappingNode)yaml.Documents[0].RootNode);
            var found = new EchoCase
            {
                Name = name,
                Why = root.Require("why"),
                Host = root.Text("host") ?? "scrubbed",
                Method = root.Text("method") ?? "GET",
                Http2 = root.Text("client") == "http2",
                Answer = ReadAnswer(root.Map("answer")),
                Expect = ReadExpectation(root.Map("expect")),
            };
            root.End();
            return found;
        }
        catch (Exception e) when (e is FormatException or YamlDotNet.Core.YamlException)
        {
            throw new FormatException($"{name}: {e.Message}", e);
        }
    }

    private static EchoAnswer ReadAnswer(CaseMembers map)
    {
        var found = new EchoAnswer
        {
            Status = Number(map.Text("status")) ?? 200,
            Head = [.. map.List("head").Select(n => n.ToString())],
            Body = map.Text("body") ?? "",
            Codings = [.. map.List("codings").Select(n => n.ToString())],
            Utf16 = map.Text("utf16") == "true",
            Chunk = Number(map.Text("chunk")),
            Trailers = [.. map.List("trailers").Select(n => n.ToString())],
        };
        map.End();
        return found;
    }

    private static EchoExpectation ReadExpectation(CaseMembers map)
    {
        var found = new EchoExpectation
        {
            Status = Number(map.Text("status")) ?? 200,
            Reason = map.Text("reason"),
            Body = map.Text("body"),
            Has = [.. map.List("has").Select(n => n.ToString())],
            HasNot = [.. map.List("has_not").Select(n => n.ToString())],
            Scrubbed = [.. map.List("scrubbed").Select(n => n.ToString())],
            Unscrubbed = map.Text("unscrubbed"),
        };
        map.End();
        return found;
    }

    private static int? Number(string? text) => text is null ? null : int.Parse(text, CultureInfo.InvariantCulture);
}
