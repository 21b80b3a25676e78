using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IronProxy.Plan;

/// <summary>A place in the source file that the plan was compiled from; written as <c>line:column</c>.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column in characters, from 1.</param>
[JsonConverter(typeof(SourcePositionConverter))]
public readonly record struct SourcePosition(int Line, int Column)
{
    /// <inheritdoc />
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}");

    /// <summary>Reads <c>line:column</c>.</summary>
    public static bool TryParse(string? text, out SourcePosition position)
    {
        position = default;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 1
            || !int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out var line)
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var column))
        {
            return false;
        }

        position = new SourcePosition(line, column);
        return true;
    }
}

/// <summary>Writes positions as text, in plans and wherever else a position is shown to a program.</summary>
public sealed class SourcePositionConverter : JsonConverter<SourcePosition>
{
    /// <inheritdoc />
    public override SourcePosition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        SourcePosition.TryParse(reader.GetString(), out var position)
            ? position
            : throw new JsonException("a position is written as line:column");

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, SourcePosition value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        value.Line.TryFormat(text, out var line, default, CultureInfo.InvariantCulture);
        text[line] = ':';
        value.Column.TryFormat(text[(line + 1)..], out var column, default, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..(line + 1 + column)]);
    }
}
