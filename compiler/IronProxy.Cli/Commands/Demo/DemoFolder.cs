namespace IronProxy.Cli.Commands.Demo;

/// <summary>A temporary folder that only this user can read, and that is deleted with all that is in it.</summary>
internal sealed class DemoFolder : IDisposable
{
    /// <summary>The folder. .NET creates it with mode 0700.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("ironc-demo-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
