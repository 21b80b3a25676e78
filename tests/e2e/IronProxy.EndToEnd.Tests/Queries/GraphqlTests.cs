using System.Text;
using System.Text.Json;
using IronProxy.Pipeline.Transforms;

namespace IronProxy.EndToEnd.Tests.Queries;

/// <summary>Clients of GraphQL and the reference implementation, with the proxy between them; and what both read in the same documents.</summary>
public sealed class GraphqlTests(QueriesWorld world) : IClassFixture<QueriesWorld>
{
    private const string Schema = """
        type Query { a(x: Int, y: [String]): T b: T s: String u: U list: [T] }
        type Mutation { a(x: Int): T s: String }
        type T { a(x: Int, y: [String]): T b: V s: String u: U list: [T] }
        type V { s: String a: T }
        union U = T | V
        """;

    /// <summary>The fields of each type, and the types of those; null for a value.</summary>
    private static readonly Dictionary<string, (string Field, string? Type)[]> Types = new()
    {
        ["Query"] = [("a", "T"), ("b", "T"), ("s", null), ("u", "U"), ("list", "T")],
        ["Mutation"] = [("a", "T"), ("s", null)],
        ["T"] = [("a", "T"), ("b", "V"), ("s", null), ("u", "U"), ("list", "T")],
        ["V"] = [("s", null), ("a", "T")],
    };

    [SkippableFact]
    public async Task Clients_select_what_is_listed_and_the_server_resolves_nothing_else()
    {
        Assert.Equal(
            [
                "issues {r:{name:docs,issues:[{title:crash}]}}",
                "issues of others error not for this agent",
                "secrets error not for this agent",
                "create {createIssue:{title:new}}",
                "create elsewhere error not for this agent",
                "delete error not for this agent",
                "schema error not for this agent",
                "get {r:{name:docs,issues:[{title:crash}]}}",
                "get denied error not for this agent",
                "apollo {r:{__typename:Repository,name:docs,issues:[{__typename:Issue,title:crash}]}}",
                "apollo denied error not for this agent",
            ],
            await world.RunAsync("operations.mjs", "graphql"));
        Assert.Equal(["saw query repository", "saw mutation createIssue", "saw query repository", "saw query repository"], await world.SeenAsync(4));

        await world.Proxy.FenceAsync();
        var denied = world.Proxy.Records.SelectMany(r => r.GetProperty("request_transforms").EnumerateArray())
            .Where(t => t.TryGetProperty("annotations", out var said) && said.TryGetProperty("denied", out _)).Select(t => t.GetProperty("annotations").GetProperty("denied")[0].GetString()).ToArray();
        Assert.Contains("query.repository.secrets", denied);
        Assert.Contains("mutation.deleteRepository", denied);
        Assert.Contains("query.__schema", denied);
    }

    /// <summary>Without conditions both read the same; with them the server resolves a part of what is read here. What is broken at random is read as the server does, or refused.</summary>
    [SkippableFact]
    public async Task What_is_read_in_random_documents_is_what_the_reference_implementation_resolves()
    {
        const int Each = 800;
        var random = new Random(16);
        string[] plain = [.. Enumerable.Range(0, Each).Select(_ => new RandomDocument(random, hasConditions: false).ToString())];
        string[] conditional = [.. Enumerable.Range(0, Each).Select(_ => new RandomDocument(random, hasConditions: true).ToString())];
        string[] broken = [.. plain.Concat(conditional).Select(d => Break(d, random))];
        var file = world.Folder.File("documents.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(plain.Concat(conditional).Concat(broken)));

        var resolved = JsonSerializer.Deserialize<string[]?[]>(await world.RunAsync(QueriesWorld.Program("selections.mjs"), Schema, file))!; // A list.

        Assert.All(plain.Zip(resolved.Take(Each)), d => Assert.Equal(Assert.IsType<string[]>(d.Second), Read(d.First)));
        Assert.All(conditional.Zip(resolved.Skip(Each).Take(Each)), d => Assert.Subset(Assert.IsType<string[]>(Read(d.First)).ToHashSet(), Assert.IsType<string[]>(d.Second).ToHashSet()));
        var stillValid = broken.Zip(resolved.Skip(2 * Each)).Where(d => d.Second is not null && Read(d.First) is not null).ToArray();
        Assert.InRange(stillValid.Length, Each / 10, broken.Length);
        Assert.All(stillValid, d => Assert.Subset(Read(d.First)!.ToHashSet(), d.Second!.ToHashSet())); // Both were asked for.
    }

    /// <summary>What "when" compares is what a server gets.</summary>
    [SkippableFact]
    public async Task Values_of_random_literals_are_those_of_the_reference_implementation()
    {
        string[] pieces =
        [
            "\"", "\"\"\"", "\"\"\"\n", "\\\"\"\"", "\\\"", "\\\\", "\\n", "\\u0041", "\\uD83D\\uDE00", "\\/", "\\", "\n", "\r\n", " ", "  ", "\t", "docs", "x", "é", "😀", "{", "}", "[", "]", "a:", "OPEN", "true", "null", "1", "-2", "0.5", "1e3", ",", "#c\n",
        ];
        string[] shapes = ["\"@\"", "\"\"\"@\"\"\"", "[@]", "{a: @}", "@"];
        var random = new Random(17);
        string[] literals =
        [
            .. Enumerable.Range(0, 6000).Select(_ => shapes[random.Next(shapes.Length)].Replace("@", string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => pieces[random.Next(pieces.Length)])), StringComparison.Ordinal)),
        ];
        var file = world.Folder.File("literals.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(literals));

        using var values = JsonDocument.Parse(await world.RunAsync(QueriesWorld.Program("selections.mjs"), "values", file));
        var compared = 0;
        foreach (var (literal, value) in literals.Zip(values.RootElement.EnumerateArray()))
        {
            if (value.ValueKind == JsonValueKind.Array && Value(literal) is { ValueKind: not JsonValueKind.Undefined } read)
            {
                compared++;
                Assert.True(JsonElement.DeepEquals(value[0], read), $"{literal} is {value[0]} there and {read} here");
            }
        }

        Assert.InRange(compared, literals.Length / 10, literals.Length);
    }

    private static JsonElement Value(string literal)
    {
        var field = GraphqlDocument.Read($"{{f(a: {literal}\n)}}", new GraphqlBudget(50, 100, 100_000))?.Operations[0].Fields[0];
        return field is { Name: "f", Arguments: { Count: 1 } arguments } && GraphqlArguments.ToJson(arguments, new Dictionary<string, GraphQLParser.AST.GraphQLValue?>(), default, new GraphqlBudget(50, 100, 100_000)) is { ValueKind: JsonValueKind.Object } read
            ? read.GetProperty("a")
            : default;
    }

    /// <summary>The paths that are selected, as the policy sees them. Null for what is refused.</summary>
    private static string[]? Read(string text)
    {
        if (GraphqlDocument.Read(text, new GraphqlBudget(50, 100_000, 0)) is not { } document)
        {
            return null;
        }

        var paths = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var operation in document.Operations)
        {
#pragma warning disable CA1308 // GraphQL has lower case.
            Add(operation.Type.ToString().ToLowerInvariant(), operation.Fields);
#pragma warning restore CA1308
        }

        return [.. paths];

        void Add(string path, IEnumerable<GraphqlField> fields)
        {
            foreach (var field in fields.Where(f => f.Name != "__typename"))
            {
                paths.Add($"{path}.{field.Name}");
                Add($"{path}.{field.Name}", field.Fields);
            }
        }
    }

    private static string Break(string document, Random random)
    {
        string[] pieces = ["s", " ", "{", "}", "\n", "\r", "#", ",", "...", ":", "@skip(if: true)", "\"", "a", "on", "$yes", "\u2028", "\uFEFF", "__typename"];
        var text = new StringBuilder(document);
        var at = random.Next(text.Length);
        return random.Next(3) switch
        {
            0 => text.Remove(at, 1).ToString(),
            1 => text.Insert(at, pieces[random.Next(pieces.Length)]).ToString(),
            _ => text.Remove(at, 1).Insert(at, pieces[random.Next(pieces.Length)]).ToString(),
        };
    }

    /// <summary>A valid document of the schema: aliases, arguments, comments, inline and named fragments, and conditions when they are asked for.</summary>
    private sealed class RandomDocument
    {
        private readonly Random _random;
        private readonly bool _hasConditions;
        private readonly StringBuilder _fragments = new();
        private readonly string _text;
        private int _names;

        public RandomDocument(Random random, bool hasConditions)
        {
            (_random, _hasConditions) = (random, hasConditions);
            var operations = random.Next(1, 4);
            var text = new StringBuilder();
            for (var i = 0; i < operations; i++)
            {
                var isQuery = random.Next(3) > 0;
                var head = operations == 1 && isQuery && !hasConditions && random.Next(2) == 0 ? ""
                    : $"{(isQuery ? "query" : "mutation")} O{i}{(hasConditions ? "($yes: Boolean! = true, $no: Boolean! = false)" : "")} ";
                text.Append(head).Append(Selections(isQuery ? "Query" : "Mutation", 0, hasConditions ? "@include(if: $yes) @skip(if: $no) " : "")).Append(Space());
            }

            _text = text.Append(_fragments).ToString();
        }

        public override string ToString() => _text;

        /// <param name="type">The type that they are of.</param>
        /// <param name="depth">How deep they stand.</param>
        /// <param name="first">Directives of the first, so that all variables are used.</param>
        private string Selections(string type, int depth, string first = "")
        {
            var text = new StringBuilder("{").Append(Space());
            if (first.Length > 0)
            {
                text.Append("s ").Append(first);
            }

            for (var i = _random.Next(1, 4); i > 0; i--)
            {
                text.Append(Selection(type, depth)).Append(Space());
            }

            return text.Append('}').ToString();
        }

        private string Selection(string type, int depth)
        {
            if (type == "U")
            {
                return _random.Next(3) == 0 ? "__typename" : Inline(_random.Next(2) == 0 ? "T" : "V", depth);
            }

            switch (_random.Next(6))
            {
                case 0 when depth < 4:
                    return Inline(_random.Next(2) == 0 ? type : null, depth, type);
                case 1 when depth < 4:
                    var name = $"F{_names++}";
                    var selections = Selections(type, depth + 1); // They may add fragments of their own.
                    _fragments.Append("fragment ").Append(name).Append(" on ").Append(type).Append(' ').Append(selections).Append(Space());
                    return $"...{Space()}{name}{Condition()}";
                default:
                    return Field(type, depth);
            }
        }

        private string Inline(string? condition, int depth, string? type = null) =>
            $"...{(condition is null ? "" : $" on {condition}")}{Condition()} {Selections(condition ?? type!, depth + 1)}"; // One of them is there.

        private string Field(string type, int depth)
        {
            var choices = Types[type].Where(f => depth < 5 || f.Type is null).ToArray();
            var (field, beneath) = choices[_random.Next(choices.Length)];
            if (beneath == "U" && !_hasConditions)
            {
                (field, beneath) = ("s", null); // Which of its types a value has is a condition, too.
            }

            var alias = _random.Next(3) == 0 || field == "a" ? $"x{_names++}{Space()}:{Space()}" : ""; // Fields that differ in arguments may not share a name.
            var arguments = field == "a" && type != "V" && _random.Next(2) == 0 ? $"(x:{Space()}{_random.Next(100)})" : "";
            return $"{alias}{field}{arguments}{Condition()}{(beneath is null ? "" : $" {Selections(beneath, depth + 1)}")}";
        }

        private string Condition() => !_hasConditions || _random.Next(4) > 0 ? " " : _random.Next(4) switch
        {
            0 => " @skip(if: true)",
            1 => " @include(if: false)",
            2 => " @include(if: true)",
            _ => " @skip(if: false)",
        };

        private string Space()
        {
            string[] spaces = [" ", "\n", ",", "\t", "\r\n", " # }\n", ", ,"];
            return spaces[_random.Next(spaces.Length)];
        }
    }
}
