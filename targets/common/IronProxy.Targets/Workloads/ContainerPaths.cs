using System.Globalization;

namespace IronProxy.Targets.Workloads;

/// <summary>Paths in containers of the project's image, and in the workloads beside them.</summary>
public static class ContainerPaths
{
    /// <summary>Paths in a plan that are not absolute begin here: the image's working directory.</summary>
    public const string WorkingFolder = "/etc/iron-proxy";

    /// <summary>Where what the proxy writes is kept: the image has the folder, with the right owner.</summary>
    public const string StateFolder = "/var/lib/iron-proxy";

    /// <summary>Where workloads find what they trust.</summary>
    public const string TrustFolder = "/etc/iron-proxy-trust";

    private static readonly string[] SystemFolders = ["/bin", "/dev", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr", "/etc/ssl", "/opt/iron-proxy"];

    /// <summary>A path of the plan inside of the container.</summary>
    public static string Absolute(string path) => path.StartsWith('/') ? path : $"{WorkingFolder}/{path}";

    /// <summary>The folder of a path; empty for the root.</summary>
    public static string FolderOf(string path) => Absolute(path)[..Absolute(path).LastIndexOf('/')];

    /// <summary>Whether a volume over a folder would hide what the image needs.</summary>
    public static bool HidesFiles(string folder) =>
        folder is "" or "/etc" or "/tmp" or "/opt" or WorkingFolder or TrustFolder
        || SystemFolders.Any(s => folder == s || folder.StartsWith(s + "/", StringComparison.Ordinal));

    /// <summary>A user, with the group of the same number.</summary>
    public static string UserAndGroup(string user) => string.Create(CultureInfo.InvariantCulture, $"{user}:{user}");
}
