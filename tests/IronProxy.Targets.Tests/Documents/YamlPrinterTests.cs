using System.Globalization;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using IronProxy.Targets.Documents;
using YamlDotNet.RepresentationModel;
using DocumentNode = IronProxy.Targets.Documents.DocumentNode;

namespace IronProxy.Targets.Tests.Documents;

public class YamlPrinterTests
{
    private static readonly string[] Texts =
    [
        "", " ", "a", "a b", "a: b", "a:", "- a", "-", "#", "a # b", "a#b", "*", "*.example.com", "&a", "!a", "|", ">", "'", "\"", "it's", "say \"a\"", "%a", "@a", "`a`", "{a}", "[a]", "a,b",
        "true", "No", "null", "~", "1", "1.5", "1e3", "0x10", "0o7", "1_000", ".5", ".inf", ".NaN", "2001-01-01", "12:30:45", "=", "<<", "?", "? a", ":", "::1", "/a/b", ".", "..", "_",
        "a\nb", "a\nb\n", "a\n\nb\n", "a\n\n", "\na", " a\nb", "a \nb", "a\n b", "a\tb", "a\rb", "a\u0085b", "a\u2028b", "ü", "\u0000", "\u001b", "\U0001F600", "---", "...", "--- a",
        "#!/bin/sh\nset -eu\necho \"$HOME\" # done\n", "a\\b", "a/b:c", "key=value", "10.0.0.2", "0.0.0.0/0", "sha256:0123",
    ];

    [Fact]
    public void Another_reader_finds_the_same_values()
    {
        var seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(seeds, seed =>
        {
            var tree = new JsonObject { ["root"] = Tree(new Random(seed), 4) };
            var text = YamlPrinter.Print((YamlMap)Convert(tree), spaced: seed % 2 == 0);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            AssertEqual(tree, Assert.Single(stream.Documents).RootNode, text);
            return true;
        }));
    }

    [Fact]
    public void It_reads_like_what_people_write() => Assert.Equal(
        """
        # A heading.
        apiVersion: v1
        metadata:
          name: iron-proxy
          labels: {}
        spec:
          # Why they are there.
          ports:
            - name: dns-udp
              port: 53
            - name: http
              port: 80
          hosts: ["*.example.com", api.github.com]
          script: |
            set -eu
            true
          enabled: true
          version: "1.0"

        """.ReplaceLineEndings("\n"),
        YamlPrinter.Print(
            new YamlMap
            {
                ["apiVersion"] = "v1",
                ["metadata"] = new YamlMap { ["name"] = "iron-proxy", ["labels"] = new YamlMap() },
                ["spec"] = new YamlMap
                {
                    { "ports", new YamlList { new YamlMap { ["name"] = "dns-udp", ["port"] = 53 }, new YamlMap { ["name"] = "http", ["port"] = 80 } }, "Why they are there." },
                    { "hosts", new YamlList { "*.example.com", "api.github.com" } },
                    { "script", "set -eu\ntrue\n" },
                    { "enabled", true },
                    { "version", "1.0" },
                },
            },
            "A heading.",
            spaced: false));

    private static DocumentNode Convert(JsonNode? node) => node switch
    {
        JsonObject mapping => mapping.Aggregate(new YamlMap(), (map, p) =>
        {
            map.Add(p.Key, Convert(p.Value), p.Key.Length % 2 == 0 ? "A comment: - \"a\" # b" : "");
            return map;
        }),
        JsonArray sequence => new YamlList(sequence.Select(Convert)),
        JsonValue value when value.TryGetValue<int>(out var number) => number,
        JsonValue value when value.TryGetValue<bool>(out var truth) => truth,
        _ => node!.GetValue<string>(), // Nothing else is made.
    };

    private static JsonNode? Tree(Random random, int depth) => random.Next(depth == 0 ? 4 : 6) switch
    {
        0 => JsonValue.Create(Texts[random.Next(Texts.Length)]),
        1 => JsonValue.Create(random.Next(-5, 100000)),
        2 => JsonValue.Create(random.Next(2) == 0),
        3 => JsonValue.Create(Texts[random.Next(Texts.Length)]),
        4 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Tree(random, depth - 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(i => KeyValuePair.Create($"{i}{Texts[random.Next(Texts.Length)]}", Tree(random, depth - 1)))),
    };

    private static void AssertEqual(JsonNode? expected, YamlDotNet.RepresentationModel.YamlNode actual, string text)
    {
        switch (expected)
        {
            case JsonObject mapping:
                var found = Assert.IsType<YamlMappingNode>(actual);
                Assert.Equal(mapping.Select(p => p.Key), found.Children.Keys.Select(k => ((YamlScalarNode)k).Value));
                foreach (var (key, value) in mapping)
                {
                    AssertEqual(value, found.Children[new YamlScalarNode(key)], text);
                }

                break;
            case JsonArray sequence:
                var items = Assert.IsType<YamlSequenceNode>(actual).Children;
                Assert.Equal(sequence.Count, items.Count);
                for (var i = 0; i < items.Count; i++)
                {
                    AssertEqual(sequence[i], items[i], text);
                }

                break;
            default:
                var scalar = Assert.IsType<YamlScalarNode>(actual);
                var isText = expected is JsonValue value2 && value2.TryGetValue<string>(out _);
                Assert.True(isText == (scalar.Style != YamlDotNet.Core.ScalarStyle.Plain || IsCertainlyText(scalar.Value!)), text); // A scalar has a value.
                Assert.Equal(isText ? expected!.GetValue<string>() : expected!.ToJsonString(), scalar.Value);
                break;
        }
    }

    /// <summary>Plain scalars that no schema of YAML reads as anything but text.</summary>
    private static bool IsCertainlyText(string value) =>
        value.Length > 0 && !(value.ToLowerInvariant() is "true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n" or "~")
        && !double.TryParse(value, NumberStyles.Any, CultureInfo.InvariantCulture, out _) && value[0] is not ('-' or '+' or (>= '0' and <= '9'))
        && value.ToLowerInvariant() is not (".inf" or ".nan" or "<<" or "=");
}
