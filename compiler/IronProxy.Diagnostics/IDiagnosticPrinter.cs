namespace IronProxy.Diagnostics;

/// <summary>Prints the findings of a run in one format.</summary>
public interface IDiagnosticPrinter
{
    /// <summary>Prints what was found in all files, in the given order. The same files give the same text.</summary>
    void Print(IReadOnlyCollection<FileReport> files);
}
