using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Transforms;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Files;

/// <summary>
/// Looks into the files that a proxy.yaml names, as far as they are there. A file that is absent is no finding: it may exist
/// on the machine that runs the plan alone.
/// </summary>
internal sealed class NamedFilesCheck(CompilerEnvironment environment, DiagnosticBag bag)
{
    private readonly CertificateCheck _certificates = new(environment.Time, bag);

    public void Check(ProxyFileConfig file)
    {
        if (file.Tls is { } tls && tls.EffectiveMode != TlsMode.SniOnly)
        {
            CheckPair(tls.CaCert, tls.CaKey);
        }

        foreach (var ca in file.Proxy?.UpstreamCa?.Items ?? [])
        {
            CheckPair(ca, key: null);
        }

        if (file.Proxy?.TunnelTls is { } tunnel)
        {
            CheckPair(tunnel.Cert, tunnel.Key);
            CheckPair(tunnel.ClientCa, key: null);
        }

        foreach (var transform in file.Transforms?.Items ?? [])
        {
            TransformRegistry.Find(transform.Name?.Value ?? "")?.CheckFiles(transform.EffectiveConfig, this);
        }
    }

    public void CheckPair(Located<string>? certificate, Located<string>? key)
    {
        var certificateText = Read(certificate);
        var keyText = Read(key);
        _certificates.Check(certificate, certificateText, key, keyText);
    }

    public void CheckKeyfile(Located<string>? path)
    {
        if (path is { } located && Read(path) is { } text && ServiceAccountKey.TryRead(text, out _) is null)
        {
            bag.KeyfileUnusable(located.Span);
        }
    }

    private string? Read(Located<string>? path)
    {
        if (path is not { Value: not "" } located)
        {
            return null;
        }

        try
        {
            return environment.ReadFile(located.Value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            bag.FileUnreadable(located.Span);
            return null;
        }
    }
}
