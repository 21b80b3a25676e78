using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace IronProxy.Plan.Serialization;

/// <summary>Writes plans to bytes and reads them back. The same plan gives the same bytes on any machine.</summary>
public static class PlanSerializer
{
    private const byte LineBreak = (byte)'\n';

    private static readonly PlanJsonContext Complete = new(new JsonSerializerOptions(PlanJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly PlanJsonContext WithoutPositions = new(new JsonSerializerOptions(Complete.Options)
    {
        Converters = { new BlankPositionConverter() },
    });

    private static readonly ImmutableArray<string> KnownSteps = TypesOf(PlanJsonContext.Default.StepPlan);

    private static readonly ImmutableArray<string> KnownSources = TypesOf(PlanJsonContext.Default.SecretSourcePlan);

    /// <summary>Fills in both hashes.</summary>
    public static ProxyPlan Seal(ProxyPlan plan)
    {
        var anonymous = plan with { Compiler = "", Source = "", PolicyHash = "", FileHash = "" };
        plan = plan with { PolicyHash = Hash(anonymous, WithoutPositions), FileHash = "" };
        return plan with { FileHash = Hash(plan, Complete) };
    }

    /// <summary>The plan as UTF-8 JSON on one line, with a line break at the end.</summary>
    public static byte[] Write(ProxyPlan plan)
    {
        using var bytes = new MemoryStream();
        JsonSerializer.Serialize(bytes, plan, Complete.ProxyPlan);
        bytes.WriteByte(LineBreak);
        return bytes.ToArray();
    }

    /// <summary>Reads a plan and checks its format, its hash and that this build knows everything that it names.</summary>
    /// <exception cref="PlanException">The plan is not one that can be run; the message says why.</exception>
    public static ProxyPlan Read(ReadOnlyMemory<byte> json)
    {
        ProxyPlan plan;
        try
        {
            CheckFormat(json);
            plan = JsonSerializer.Deserialize(json.Span, PlanJsonContext.Default.ProxyPlan)
                ?? throw new PlanException("The plan is empty.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            // The second is thrown for strings that are no text: bytes that are no UTF-8, half of a surrogate pair. The third for a step or source that does not say which it is.
            throw new PlanException($"The plan cannot be read: {e.Message}", e);
        }

        if (!HasItsHash(json.Span))
        {
            throw new PlanException("The plan was changed after it was compiled: its file hash does not fit. Compile it again.");
        }

        return plan;
    }

    /// <summary>
    /// Whether the bytes are those that were written: they have the hash of all of them but its own digits, and one line break
    /// behind. The bytes themselves are looked at, since white space, escapes and the order of members change no plan.
    /// </summary>
    private static bool HasItsHash(ReadOnlySpan<byte> json)
    {
        var value = FindFileHash(json);
        if (value.Equals(default) || json[^1] != LineBreak)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(json[..value.Start]);
        hash.AppendData(json[value.End.Value..^1]);
        return json[value].SequenceEqual(Encoding.ASCII.GetBytes(Name(hash.GetHashAndReset())));
    }

    /// <summary>The types that the records of a kind are declared with.</summary>
    private static ImmutableArray<string> TypesOf(JsonTypeInfo kind) =>
        [.. kind.PolymorphismOptions!.DerivedTypes.Select(d => (string)d.TypeDiscriminator!)]; // All kinds have a type, and it is a name.

    /// <summary>Where the digits of the file hash stand, between their quotation marks.</summary>
    private static Range FindFileHash(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("fileHash"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex + 1;
                return start..(start + reader.ValueSpan.Length);
            }
        }

        return default;
    }

    /// <summary>
    /// Looks at the few members that say whether the rest can be understood, so that a plan from a newer compiler is
    /// refused by what it needs and not by where its JSON surprised.
    /// </summary>
    private static void CheckFormat(ReadOnlyMemory<byte> json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new PlanException($"The plan is not JSON: {e.Message}", e);
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("formatVersion", out var version)
                || version.ValueKind != JsonValueKind.Number
                || !version.TryGetInt32(out var number))
            {
                throw new PlanException("The file is not a plan: it has no formatVersion. Plans are made by 'ironc compile'.");
            }

            if (number != ProxyPlan.CurrentFormatVersion)
            {
                throw new PlanException(
                    $"The plan has format {number}, and this build reads format {ProxyPlan.CurrentFormatVersion}. "
                    + "Use the ironc and the iron-proxy of one release.");
            }

            foreach (var step in Elements(root, "steps"))
            {
                RequireKnown(step, KnownSteps, "step");
                RequireKnownSources(step);
                RequireText(step);
            }

            // Values that arguments are compared with are kept as JSON, which nobody looks into before a request comes.
            if (root.TryGetProperty("mcp", out var mcp))
            {
                RequireText(mcp);
            }

            foreach (var section in (ReadOnlySpan<string>)["upstream", "clients"])
            {
                if (root.TryGetProperty(section, out var element))
                {
                    RequireKnownSources(element);
                }
            }
        }
    }

    /// <summary>Every source is the member "source" of something, however deep. The reader of JSON has limited the depth.</summary>
    private static void RequireKnownSources(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                RequireKnownSources(item);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (member.NameEquals("source"))
                {
                    RequireKnown(member.Value, KnownSources, "secret source");
                }

                RequireKnownSources(member.Value);
            }
        }
    }

    /// <summary>Throws when a value of text is none. The reader of JSON has limited the depth.</summary>
    private static void RequireText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    RequireText(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    RequireText(member.Value);
                }

                break;
            default:
                break;
        }
    }

    private static JsonElement.ArrayEnumerator Elements(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray()
            : default;

    private static void RequireKnown(JsonElement element, ImmutableArray<string> known, string what)
    {
        var type = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("type", out var value) ? value.ToString() : "";
        if (!known.Contains(type))
        {
            throw new PlanException($"The plan has a {what} '{type}' that this build does not have, so it cannot run.");
        }
    }

    /// <summary>The hash of what would be written. Plans can be large, so the bytes are never held at once.</summary>
    private static string Hash(ProxyPlan plan, PlanJsonContext context)
    {
        using var hash = SHA256.Create();
        using (var bytes = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            JsonSerializer.Serialize(bytes, plan, context.ProxyPlan);
        }

        return Name(hash.Hash ?? throw new UnreachableException());
    }

    private static string Name(byte[] sha256) => "sha256:" + Convert.ToHexStringLower(sha256);

    private sealed class BlankPositionConverter : JsonConverter<SourcePosition>
    {
        public override SourcePosition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Only for hashing.");

        public override void Write(Utf8JsonWriter writer, SourcePosition value, JsonSerializerOptions options) =>
            writer.WriteNullValue();
    }
}
