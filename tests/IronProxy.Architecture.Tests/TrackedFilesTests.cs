using System.Text;

namespace IronProxy.Architecture.Tests;

public sealed class TrackedFilesTests
{
    // Written in two halves, so that this file does not mention them either.
    private static readonly string[] RegistryHosts =
    [
        "registry." + "npmjs", "npmjs." + "org", "npmjs." + "com", "yarn" + "pkg.com", "api.nuget" + ".org", "www.nuget" + ".org",
        "deb.debian" + ".org", "security.debian" + ".org", "archive.ubuntu" + ".com", "security.ubuntu" + ".com",
        "files.python" + "hosted.org", "index.crates" + ".io", "static.crates" + ".io",
    ];

    [Fact]
    public void No_file_mentions_a_host_of_a_package_registry() =>
        Violations.AssertNone(
            from file in Repository.TrackedFiles()
            let path = Path.Combine(Repository.Root, file)
            where File.Exists(path)
            let text = Text(path)
            from host in RegistryHosts
            where text.Contains(host, StringComparison.OrdinalIgnoreCase)
            select $"{file}: mentions {host}; which feed a machine uses is its own business, and samples use hosts such as api.github.com.");

    [Fact]
    public void No_file_has_two_versions_of_a_line() =>
        Violations.AssertNone(
            from file in Repository.TrackedFiles()
            let path = Path.Combine(Repository.Root, file)
            where File.Exists(path)
            from line in Text(path).Split('\n')
            where line.StartsWith("<<<<<<< ", StringComparison.Ordinal) || line.StartsWith(">>>>>>> ", StringComparison.Ordinal)
            select $"{file}: {line}: two versions were to be merged here, and were not.");

    /// <summary>The text of a file; nothing for a binary one.</summary>
    private static string Text(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes.AsSpan(0, Math.Min(bytes.Length, 8000)).Contains((byte)0) ? "" : Encoding.UTF8.GetString(bytes);
    }
}
