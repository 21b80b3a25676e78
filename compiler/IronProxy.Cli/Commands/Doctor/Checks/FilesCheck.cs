using System.Collections.Immutable;
using System.Text;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>
/// The CA's key, with which any server can be played to the workload and its neighbours, and the files that real secrets are
/// read from. What is found is named and never shown.
/// </summary>
internal sealed class FilesCheck : IDoctorCheck
{
    private const int MaxDepth = 3;
    private const int MaxFiles = 500;
    private const int MaxNamed = 5;
    private const int HeadBytes = 16 * 1024;

    /// <summary>Where guides and generated deployments put the proxy's files.</summary>
    private static readonly string[] UsualFolders = ["/etc/iron-proxy", "/certs"];

    public string Id => "files";

    public IEnumerable<Attempt> Attempts(Workload workload)
    {
        foreach (var folder in UsualFolders)
        {
            yield return Attempt.Of(folder, () => JudgeFolder(folder, everything: false, workload.Policy));
        }

        foreach (var path in workload.Settings.Protected)
        {
            yield return Attempt.Of(path, () => Directory.Exists(path) ? JudgeFolder(path, everything: true, workload.Policy) : JudgeFile(path));
        }

        yield return Attempt.Of("mounts", () => JudgeMounts(workload.Policy?.SecretFiles ?? []));

        // A relative path counts from the proxy's folder, which is not known here.
        foreach (var path in (workload.Policy?.SecretFiles ?? []).Where(Path.IsPathRooted).Except(workload.Settings.Protected, StringComparer.Ordinal))
        {
            yield return Attempt.Of(path, () => JudgeFile(path));
        }
    }

    /// <summary>
    /// What the policy calls a secret, by its file name, in everything that is mounted: a volume has another path in the workload than
    /// in the proxy. Without a policy the names that guides give to the CA's key.
    /// </summary>
    private static Outcome JudgeMounts(ImmutableArray<string> secrets)
    {
        var names = secrets.Select(Path.GetFileName).OfType<string>().DefaultIfEmpty("ca.key").ToHashSet(StringComparer.Ordinal);
        var mounts = Mounts.Read();
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        var readable = new List<string>();
        foreach (var mount in mounts)
        {
            try
            {
                var files = Directory.Exists(mount) ? Directory.EnumerateFiles(mount, "*", options).Take(MaxFiles) : [mount];
                readable.AddRange(files.Where(f => names.Contains(Path.GetFileName(f)) && ReadHead(f) is not null));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It cannot be listed, so nothing in it is found by its name.
            }
        }

        return readable.Count > 0 ? Hole([.. readable.Distinct(StringComparer.Ordinal)]) : Outcome.Closed($"none of {mounts.Count} has {string.Join(", ", names.Order(StringComparer.Ordinal))}");
    }

    private static Outcome JudgeFile(string path) =>
        ReadHead(path) is null ? Outcome.Closed(File.Exists(path) ? "cannot be read" : "not here, or not to be seen") : Hole([path]);

    private static Outcome JudgeFolder(string folder, bool everything, PolicyFacts? policy)
    {
        if (!Directory.Exists(folder))
        {
            return Outcome.Closed("not here");
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        string[] files;
        try
        {
            files = [.. Directory.EnumerateFiles(folder, "*", options).Take(MaxFiles)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Outcome.Closed("cannot be listed");
        }

        var readable = files.Where(f => ReadHead(f) is { } head && (everything || IsSecret(f, head, policy))).ToArray();
        return readable.Length > 0 ? Hole(readable) : Outcome.Closed($"no secret among {files.Length} {(files.Length == 1 ? "file" : "files")}");
    }

    private static Outcome Hole(string[] paths)
    {
        var more = paths.Length > MaxNamed ? $" and {paths.Length - MaxNamed} more" : "";
        return Outcome.Hole(
            $"this user can read {string.Join(", ", paths.Take(MaxNamed))}{more}",
            "give them to the proxy's user alone (chown, chmod 0600), or do not mount them here; a CA whose key was readable has to be replaced");
    }

    /// <summary>workload.env is the one file of variables that generated deployments make for the workload: it is one as long as no secret is in it.</summary>
    private static bool IsSecret(string path, string head, PolicyFacts? policy) =>
        Path.GetExtension(path) == ".key"
        || (Path.GetExtension(path) == ".env" && (Path.GetFileName(path) != "workload.env" || HoldsSecret(head, policy)))
        || head.Contains("PRIVATE KEY-----", StringComparison.Ordinal);

    private static bool HoldsSecret(string head, PolicyFacts? policy) => head.Split('\n').Select(l => l.Split('=', 2)).Any(entry =>
        entry is [var name, { Length: > 0 } value]
        && policy?.SecretVariables.TryGetValue(name.Trim(), out var placeholders) == true
        && !placeholders.Contains(value.Trim().Trim('"', '\''), StringComparer.Ordinal));

    /// <summary>The beginning of a file. Null when this user cannot read it.</summary>
    private static string? ReadHead(string path)
    {
        try
        {
            // Opening a pipe would wait for somebody to write to it.
            if (!File.Exists(path) || (File.GetAttributes(path) & FileAttributes.Device) != 0)
            {
                return null;
            }

            using var stream = File.OpenRead(path);
            if (!stream.CanSeek)
            {
                return null;
            }

            var buffer = new byte[(int)Math.Min(HeadBytes, stream.Length)];
            return Encoding.Latin1.GetString(buffer, 0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }
}
