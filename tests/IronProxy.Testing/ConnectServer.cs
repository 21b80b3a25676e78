using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IronProxy.Testing;

/// <summary>1Password Connect, as its API is documented: vaults, items and fields, for whoever has the token.</summary>
public sealed partial class ConnectServer : JsonServer
{
    /// <summary>The token that it accepts.</summary>
    public const string Token = "connect-token-canary";

    /// <summary>The id of the vault "Engineering".</summary>
    public const string VaultId = "aaaaaaaaaaaaaaaaaaaaaaaaa1";

    /// <summary>The id of the item "OpenAI".</summary>
    public const string ItemId = "bbbbbbbbbbbbbbbbbbbbbbbbb1";

    private readonly JsonArray _vaults = [Vault(VaultId, "Engineering"), Vault("aaaaaaaaaaaaaaaaaaaaaaaaa2", "Twice"), Vault("aaaaaaaaaaaaaaaaaaaaaaaaa3", "twice"), Vault("aaaaaaaaaaaaaaaaaaaaaaaaa4", "Hidden"), Vault("aaaaaaaaaaaaaaaaaaaaaaaaa5", "Say \"hi\" \\ & more")];

    private ConnectServer()
    {
    }

    /// <summary>The fields of the item "OpenAI".</summary>
    public JsonArray Fields { get; } = [];

    /// <summary>The sections of the item "OpenAI".</summary>
    public JsonArray Sections { get; } = [];

    /// <summary>Starts it.</summary>
    public static ConnectServer Start()
    {
        var server = new ConnectServer();
        server.Listen();
        return server;
    }

    /// <summary>Takes all fields out of the item.</summary>
    public void Clear()
    {
        lock (Fields)
        {
            Fields.Clear();
        }
    }

    /// <summary>Adds a field to the item.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="label">Its label.</param>
    /// <param name="value">Its value.</param>
    /// <param name="section">The id of its section.</param>
    public void Add(string id, string label, string? value, string? section = null)
    {
        var field = new JsonObject { ["id"] = id, ["type"] = "CONCEALED", ["label"] = label };
        if (value is not null)
        {
            field["value"] = value;
        }

        if (section is not null)
        {
            field["section"] = new JsonObject { ["id"] = section };
        }

        lock (Fields)
        {
            Fields.Add(field);
        }
    }

    /// <inheritdoc />
    protected override (int Status, string Body) Answer(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Headers.TryGetValue("Authorization", out var authorization) || authorization != $"Bearer {Token}")
        {
            return Error(401, "Invalid token signature");
        }

        var (path, query) = request.Target.Split('?') is [var p, var q] ? (p, Uri.UnescapeDataString(q)) : (request.Target, "");
        return path.Split('/')[1..] switch
        {
            ["v1", "vaults"] => (200, Filtered(_vaults, "name", query)),
            ["v1", "vaults", "aaaaaaaaaaaaaaaaaaaaaaaaa4", ..] => Error(403, "Access denied to the canary"),
            ["v1", "vaults", VaultId, "items"] => (200, Filtered([new JsonObject { ["id"] = ItemId, ["title"] = "OpenAI", ["vault"] = new JsonObject { ["id"] = VaultId }, ["category"] = "API_CREDENTIAL" }], "title", query)),
            ["v1", "vaults", VaultId, "items", ItemId] => (200, Item()),
            ["v1", "vaults", "aaaaaaaaaaaaaaaaaaaaaaaaa5", "items"] => (200, "[]"),
            _ => Error(404, "not found"),
        };
    }

    private string Item()
    {
        lock (Fields)
        {
            return new JsonObject { ["id"] = ItemId, ["title"] = "OpenAI", ["sections"] = Sections.DeepClone(), ["fields"] = Fields.DeepClone() }.ToJsonString();
        }
    }

    private static JsonObject Vault(string id, string name) => new() { ["id"] = id, ["name"] = name, ["type"] = "USER_CREATED" };

    private static (int Status, string Body) Error(int status, string message) => (status, JsonSerializer.Serialize(new { status, message }));

    /// <summary>Filters as SCIM does (RFC 7644, 3.4.2.2): a value is JSON text, and names are compared without case.</summary>
    private static string Filtered(JsonArray all, string key, string query)
    {
        var filter = Filter().Match(query);
        if (!filter.Success || filter.Groups["key"].Value != key)
        {
            throw new InvalidOperationException($"'{query}' is no filter by {key}.");
        }

        var value = JsonSerializer.Deserialize<string>(filter.Groups["value"].Value)!; // The expression has matched its quotes.
        return new JsonArray([.. all.Where(v => value.Equals((string?)v![key], StringComparison.OrdinalIgnoreCase)).Select(v => v!.DeepClone())]).ToJsonString();
    }

    [GeneratedRegex("""^filter=(?<key>\w+) eq (?<value>".*")$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Filter();
}
