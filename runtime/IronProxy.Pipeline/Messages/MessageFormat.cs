using IronProxy.Plan;

namespace IronProxy.Pipeline;

/// <summary>How a value is written inside of a text whose type nobody says.</summary>
internal static class MessageFormat
{
    /// <summary>The format of a message of text: JSON when it begins like an object or an array, as nearly all do that are no plain text.</summary>
    /// <param name="text">Its first bytes.</param>
    public static BodyFormat Of(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? BodyFormat.Json : BodyFormat.Raw;
}
