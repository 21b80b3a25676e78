using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IronProxy.Plan;
using IronProxy.Targets;
using IronProxy.Targets.Files;
using IronProxy.Targets.Options;

namespace IronProxy.Cli.Commands.Deploy;

/// <summary>The file of a deployment's folder that says what was generated, from what, and what each file held.</summary>
internal static class DeploymentManifest
{
    public const string FileName = "deployment.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static DeploymentFile Create(IDeploymentTarget target, ProxyPlan plan, OptionValues options, IEnumerable<DeploymentFile> files) => DeploymentFile.OfText(FileName, new JsonObject
    {
        ["target"] = target.Name,
        ["compiler"] = plan.Compiler,
        ["policy"] = plan.PolicyHash,
        ["options"] = new JsonObject(options.All.Select(o => KeyValuePair.Create<string, JsonNode?>(o.Key, o.Value))),
        ["files"] = new JsonObject(files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => KeyValuePair.Create<string, JsonNode?>(f.Path, Hash(f.Content.Span)))),
    }.ToJsonString(Indented) + "\n");

    /// <summary>The hashes of the files by their paths.</summary>
    /// <exception cref="CliException">It is none that ironc wrote.</exception>
    public static IReadOnlyDictionary<string, string> FilesOf(string path, byte[] manifest)
    {
        var files = TextsOf(path, manifest, "files");

        // Files that are no longer generated are deleted: a manifest that somebody changed must not name others.
        return files.Keys.FirstOrDefault(f => Path.IsPathRooted(f) || f.Split('/', '\\').Contains("..")) is { } outside
            ? throw new CliException($"{path} is not what ironc wrote: it names {outside}, which is outside of the folder")
            : files;
    }

    /// <summary>The options that the files were generated with.</summary>
    /// <exception cref="CliException">It is none that ironc wrote.</exception>
    public static IReadOnlyDictionary<string, string> OptionsOf(string path, byte[] manifest) => TextsOf(path, manifest, "options");

    private static Dictionary<string, string> TextsOf(string path, byte[] manifest, string member)
    {
        try
        {
            using var document = JsonDocument.Parse(manifest);
            return document.RootElement.GetProperty(member).EnumerateObject().ToDictionary(f => f.Name, f => f.Value.GetString() ?? "", StringComparer.Ordinal);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CliException($"{path} is not what ironc wrote: {e.Message}", e);
        }
    }

    public static string Hash(ReadOnlySpan<byte> content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
}
