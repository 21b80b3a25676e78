namespace IronProxy.Testing;

/// <summary>Finds the files of the repository from wherever the tests run.</summary>
public static class RepositoryRoot
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>Full path of the folder with the solution.</summary>
    public static string Path => Found.Value;

    /// <summary>Full path of something in the repository.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "IronProxy.Deploy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no IronProxy.Deploy.sln above {AppContext.BaseDirectory}.");
    }
}
