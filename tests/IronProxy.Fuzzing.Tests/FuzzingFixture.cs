namespace IronProxy.Fuzzing.Tests;

/// <summary>One instrumented copy for all tests of the class that it belongs to.</summary>
public sealed class FuzzingFixture : IDisposable
{
    private readonly InstrumentedCopy _copy = new();
    private readonly DirectoryInfo _findings = Directory.CreateTempSubdirectory("iron-findings-");

    internal SupervisedResult Run(string target, params string[] arguments) => new Supervisor(_copy, _findings.FullName).Run(target, arguments);

    public void Dispose()
    {
        _copy.Dispose();
        _findings.Delete(recursive: true);
    }
}
