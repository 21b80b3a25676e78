using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests;

/// <summary>Compiles short files.</summary>
internal static class Compile
{
    private const string Tls = "tls: {ca_cert: ca.crt, ca_key: ca.key}\n";

    /// <summary>A file as it stands.</summary>
    public static CompilationResult File(string yaml) => ProxyCompiler.Compile(new SourceText("proxy.yaml", yaml));

    /// <summary>The plan of a valid file; the CA is added.</summary>
    public static ProxyPlan Plan(string yaml)
    {
        var result = File(Tls + yaml);
        Assert.True(result.Plan is not null, CorpusTests.Print(result.Diagnostics));
        return result.Plan;
    }

    /// <summary>The codes that a file gives, in the order of the file.</summary>
    public static IEnumerable<string> Codes(string yaml) => File(yaml).Diagnostics.Select(d => d.Code);
}
