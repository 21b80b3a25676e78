using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace IronProxy.Runtime.Management;

/// <summary>Says what became of a reload.</summary>
internal static class ReloadReport
{
    /// <summary>The answer to whoever asked for it.</summary>
    public static ManagementAnswer Answer(ReloadResult result) => ManagementAnswer.Of(StatusOf(result.Error), json => Write(json, result));

    /// <summary>Writes it into an object.</summary>
    public static void Write(Utf8JsonWriter json, ReloadResult result)
    {
        if (result.Error is { } error)
        {
            json.WriteString("error"u8, error);
            json.WriteString("message"u8, result.Message);
        }

        if (!result.Settings.IsEmpty)
        {
            json.WriteStartArray("settings"u8);
            foreach (var setting in result.Settings)
            {
                json.WriteStringValue(setting);
            }

            json.WriteEndArray();
        }

        if (result.Diagnostics is { } diagnostics)
        {
            json.WritePropertyName("diagnostics"u8);
            diagnostics.WriteTo(json);
        }

        WriteHashes(json, "plan_hash"u8, result.Before.PlanHash, result.After.PlanHash);
        WriteHashes(json, "file_hash"u8, result.Before.FileHash, result.After.FileHash);
    }

    private static void WriteHashes(Utf8JsonWriter json, ReadOnlySpan<byte> name, string before, string after)
    {
        json.WriteStartObject(name);
        json.WriteString("before"u8, before);
        json.WriteString("after"u8, after);
        json.WriteEndObject();
    }

    private static int StatusOf(string? error) => error switch
    {
        null => StatusCodes.Status200OK,
        ReloadResult.InternalError => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
