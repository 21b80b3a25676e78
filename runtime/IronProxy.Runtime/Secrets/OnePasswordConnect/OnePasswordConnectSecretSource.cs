using System.Net;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.OnePasswordConnect;

/// <summary>Reads a field of an item from a 1Password Connect server.</summary>
internal sealed class OnePasswordConnectSecretSource(OnePasswordConnectSourcePlan plan, HostAccess host, StoreHttp store) : ISecretSource
{
    /// <summary>Vaults and items have ids of this length, of small letters and digits.</summary>
    private const int IdLength = 26;

    private readonly StoreApi _api = new("1Password Connect", host, store, why => ProblemOf(plan, why));

    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        var reference = SecretReference.Parse(plan.SecretRef) ?? throw Problem("it is not op://vault/item/[section/]field");
        if (reference.Field.Contains('?', StringComparison.Ordinal))
        {
            throw Problem("Connect has no attributes of fields (?attribute=); the source 1password has");
        }

        var vault = await FindAsync("/v1/vaults", "name", "vault", reference.Vault, cancellation).ConfigureAwait(false);
        var items = $"/v1/vaults/{Uri.EscapeDataString(vault)}/items";
        var item = await FindAsync(items, "title", "item", reference.Item, cancellation).ConfigureAwait(false);
        using var whole = await GetAsync($"{items}/{Uri.EscapeDataString(item)}", "item", reference.Item, cancellation).ConfigureAwait(false);
        return _api.Understand(whole.RootElement, root => ValueOf(root, reference));
    }

    /// <summary>The id of a vault or item. What looks like an id is one.</summary>
    private async Task<string> FindAsync(string path, string key, string what, string name, CancellationToken cancellation)
    {
        if (name.Length == IdLength && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
        {
            return name;
        }

        var quoted = name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        var query = Uri.EscapeDataString($"{key} eq \"{quoted}\"");
        using var list = await GetAsync($"{path}?filter={query}", what, name, cancellation).ConfigureAwait(false);
        return _api.Understand(list.RootElement, root => Choose([.. root.EnumerateArray().Where(e => IsCalled(e, key, name))], e => TextOf(e, key) == name, what, name).GetProperty("id").GetString())
            ?? throw Problem(_api.NotTheApi);
    }

    private async Task<JsonDocument> GetAsync(string path, string what, string name, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_api.ReadUrl(plan.HostEnv, "https://connect.example") + path));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {_api.ReadCredential(plan.TokenEnv, "the server's token")}");
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        return await _api.AskAsync(
            request,
            status => status switch
            {
                HttpStatusCode.Unauthorized => $"it does not accept the token in {plan.TokenEnv}",
                HttpStatusCode.Forbidden => $"the token in {plan.TokenEnv} may not read the {what} '{name}'",
                HttpStatusCode.NotFound => $"it has no {what} '{name}'",
                var other => $"it answered {(int)other}",
            },
            cancellation).ConfigureAwait(false);
    }

    private string ValueOf(JsonElement item, SecretReference reference)
    {
        var sections = reference.Section is { } section
            ? ListOf(item, "sections").Where(s => IsCalled(s, "label", section)).Select(s => TextOf(s, "id")).ToHashSet()
            : null;
        if (sections is { Count: 0 })
        {
            throw Problem($"the item has no section '{reference.Section}'");
        }

        JsonElement[] named = [.. ListOf(item, "fields").Where(f => IsCalled(f, "label", reference.Field) && (sections is null || sections.Contains(SectionOf(f))))];
        JsonElement[] outside = named.Length > 1 ? [.. named.Where(f => SectionOf(f) is null)] : [];
        var field = Choose(outside.Length > 0 ? outside : named, f => TextOf(f, "label") == reference.Field, "field", reference.Field);
        return TextOf(field, "value") is { Length: > 0 } value ? value : throw Problem($"the field '{reference.Field}' is empty");
    }

    /// <summary>The only one, or the only one whose name is spelled as it was asked for.</summary>
    private JsonElement Choose(JsonElement[] found, Func<JsonElement, bool> isSpelledSo, string what, string name)
    {
        if (found.Length > 1 && found.Where(isSpelledSo).ToArray() is [var exact])
        {
            return exact;
        }

        return found switch
        {
            [var only] => only,
            [] => throw Problem($"it has no {what} '{name}'"),
            _ => throw Problem($"it has several {what}s '{name}': write the id instead"),
        };
    }

    /// <summary>References are not case-sensitive.</summary>
    private static bool IsCalled(JsonElement element, string key, string name) =>
        name.Equals(TextOf(element, key), StringComparison.OrdinalIgnoreCase) || name.Equals(TextOf(element, "id"), StringComparison.OrdinalIgnoreCase);

    private static string? SectionOf(JsonElement field) => field.TryGetProperty("section", out var section) && section.ValueKind != JsonValueKind.Null ? TextOf(section, "id") : null;

    private static JsonElement[] ListOf(JsonElement element, string key) =>
        element.TryGetProperty(key, out var list) && list.ValueKind != JsonValueKind.Null ? [.. list.EnumerateArray()] : [];

    private static string? TextOf(JsonElement element, string key) => element.TryGetProperty(key, out var text) ? text.GetString() : null;

    private StartupException Problem(string why) => ProblemOf(plan, why);

    private static StartupException ProblemOf(OnePasswordConnectSourcePlan plan, string why) => new($"The secret {plan.SecretRef} of line {plan.At.Line} cannot be read from 1Password Connect: {why}.");
}
