using System.Text.Json;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>What is done with TLS of the workload.</summary>
[JsonConverter(typeof(TlsModeConverter))]
public enum TlsMode
{
    /// <summary>It is terminated with certificates that the CA of the plan signs.</summary>
    Mitm,

    /// <summary>It is passed through unopened: of what is inside nothing but host and port are seen.</summary>
    SniOnly,
}

/// <summary>The modes as proxy.yaml and plans write them.</summary>
public static class TlsModes
{
    /// <summary>Name of <see cref="TlsMode.Mitm"/>.</summary>
    public const string Mitm = "mitm";

    /// <summary>Name of <see cref="TlsMode.SniOnly"/>.</summary>
    public const string SniOnly = "sni-only";

    /// <summary>The name of a mode.</summary>
    public static string Name(this TlsMode mode) => mode switch
    {
        TlsMode.Mitm => Mitm,
        TlsMode.SniOnly => SniOnly,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The mode with a name. Null when there is none.</summary>
    public static TlsMode? Find(string? name) => name switch
    {
        Mitm => TlsMode.Mitm,
        SniOnly => TlsMode.SniOnly,
        _ => null,
    };
}

/// <summary>Writes modes by their names. Any other name is refused.</summary>
public sealed class TlsModeConverter : JsonConverter<TlsMode>
{
    /// <inheritdoc />
    public override TlsMode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TlsModes.Find(reader.TokenType == JsonTokenType.String ? reader.GetString() : null)
            ?? throw new JsonException($"tls.mode is {TlsModes.Mitm} or {TlsModes.SniOnly}");

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, TlsMode value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name());
}
