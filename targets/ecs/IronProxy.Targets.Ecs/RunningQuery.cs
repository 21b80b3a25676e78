using System.Text.Json.Nodes;

namespace IronProxy.Targets.Ecs;

/// <summary>
/// How what runs is compared with a document: a query for the aws command (JMESPath) picks out of what AWS answers what the document says, and what it
/// prints is the expected text unless something differs. What AWS adds by itself is not picked; what is missing there is null, and what is there
/// beyond the document is counted. Lists are searched, because AWS need not keep their order.
/// </summary>
internal static class RunningQuery
{
    /// <summary>The query.</summary>
    /// <param name="path">Where the document is in the answer.</param>
    /// <param name="document">The document.</param>
    public static string Of(string path, JsonNode? document) => document switch
    {
        JsonObject { Count: > 0 } map => $"{path}.{{{string.Join(", ", map.Select(e => $"{Quoted(e.Key)}: {Of(Quoted(e.Key), e.Value)}"))}}}",
        JsonArray list when HasObjects(list) => $"{{\"count\": length({path} || `[]`), \"items\": [{string.Join(", ", list.Select(i => Of($"({path}[?{Filter(i!.AsObject())}] | [0])", i)))}]}}", // All are objects.
        _ => path,
    };

    /// <summary>What it prints when nothing differs.</summary>
    public static JsonNode? Expected(JsonNode? document) => document switch
    {
        JsonObject map => new JsonObject(map.Select(e => KeyValuePair.Create(e.Key, Expected(e.Value)))),
        JsonArray list when HasObjects(list) => new JsonObject { ["count"] = list.Count, ["items"] = new JsonArray([.. list.Select(Expected)]) },
        _ => document?.DeepClone(),
    };

    private static bool HasObjects(JsonArray list) => list.Count > 0 && list.All(i => i is JsonObject);

    /// <summary>What tells an item of a list from others: its name, or all of its values.</summary>
    private static string Filter(JsonObject item) => string.Join(
        " && ",
        item.Where(e => item.ContainsKey("name") ? e.Key == "name" : e.Value is JsonValue).Select(e => $"{Quoted(e.Key)} == `{e.Value!.ToJsonString()}`")); // A value is not null.

    private static string Quoted(string key) => $"\"{key}\"";
}
