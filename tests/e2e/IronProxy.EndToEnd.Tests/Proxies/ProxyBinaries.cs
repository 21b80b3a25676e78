namespace IronProxy.EndToEnd.Tests.Proxies;

/// <summary>Where the executables under test are: a folder with published ones, or those that were built beside the tests.</summary>
internal static class ProxyBinaries
{
    public static string Folder { get; } = Environment.GetEnvironmentVariable("IRON_BIN") ?? AppContext.BaseDirectory;

    public static string IronProxy => Path.Combine(Folder, "iron-proxy");

    public static string Ironc => Path.Combine(Folder, "ironc");
}
