using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace IronProxy.Pipeline;

/// <summary>What a state file holds: rotated refresh tokens by the hashes of those in the store.</summary>
public sealed class KeptTokens
{
    private const int Version = 1;

    private readonly ImmutableSortedDictionary<string, KeptToken> _tokens;

    private KeptTokens(ImmutableSortedDictionary<string, KeptToken> tokens) => _tokens = tokens;

    /// <summary>None.</summary>
    public static KeptTokens None { get; } = new(ImmutableSortedDictionary.Create<string, KeptToken>(StringComparer.Ordinal));

    /// <summary>The token under a key; null when there is none.</summary>
    public KeptToken? Find(string key) => _tokens.GetValueOrDefault(key);

    /// <summary>The same with a token under a key.</summary>
    public KeptTokens With(string key, KeptToken token) => new(_tokens.SetItem(key, token));

    /// <summary>Reads the bytes of a state file. What it does not know makes it none: to write it again would lose that.</summary>
    /// <returns>Null when they are not what <see cref="ToJson"/> makes.</returns>
    public static KeptTokens? TryParse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (!HasOnly(root, "version", "tokens") || root.GetProperty("version").GetInt32() != Version)
            {
                return null;
            }

            var tokens = None._tokens.ToBuilder();
            foreach (var entry in root.GetProperty("tokens").EnumerateObject())
            {
                var token = entry.Value;
                if (!HasOnly(token, "refresh_token", "rotation")
                    || token.GetProperty("refresh_token").GetString() is not { Length: > 0 } value || token.GetProperty("rotation").GetInt64() is not (> 0 and < long.MaxValue and var rotation))
                {
                    return null;
                }

                tokens.Add(entry.Name, new KeptToken(new SecretValue(value), rotation));
            }

            return new KeptTokens(tokens.ToImmutable());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null; // Another type than expected, half a character, or a key twice.
        }
    }

    /// <summary>The bytes of a state file.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartObject("tokens");
            foreach (var (key, token) in _tokens)
            {
                json.WriteStartObject(key);
                json.WriteString("refresh_token", token.Value.Reveal());
                json.WriteNumber("rotation", token.Rotation);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenMemory;
    }

    private static bool HasOnly(JsonElement element, string first, string second) =>
        element.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal).SequenceEqual([.. new[] { first, second }.Order(StringComparer.Ordinal)], StringComparer.Ordinal);
}
