using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Sections.Tls;
using IronProxy.Compiler.Syntax;
using IronProxy.Compiler.Transforms.GcpAuth;
using IronProxy.Compiler.Transforms.GcpIdToken;
using IronProxy.Compiler.Transforms.Grpc;
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
        if (file.Tls is { } tls && tls.Mode?.Value != TlsConfig.SniOnly)
        {
            CheckPair(tls.CaCert, tls.CaKey);
        }

        foreach (var transform in file.Transforms?.Items ?? [])
        {
            Check(transform.Name?.Value, transform.EffectiveConfig);
        }
    }

    private void Check(string? name, YamlMapping config)
    {
        switch (name)
        {
            case GrpcStepPlan.TypeName when ConfigBinder.Bind<GrpcConfig>(config).Tls is { Enabled: { Value: true } } tls:
                CheckPair(tls.CaCert, key: null);
                CheckPair(tls.Cert, tls.Key);
                break;
            case GcpAuthStepPlan.TypeName:
                CheckKeyfile(ConfigBinder.Bind<GcpAuthConfig>(config).KeyfilePath);
                break;
            case GcpIdTokenStepPlan.TypeName:
                CheckKeyfile(ConfigBinder.Bind<GcpIdTokenConfig>(config).KeyfilePath);
                break;
        }
    }

    private void CheckPair(Located<string>? certificate, Located<string>? key)
    {
        var certificateText = Read(certificate);
        var keyText = Read(key);
        _certificates.Check(certificate, certificateText, key, keyText);
    }

    private void CheckKeyfile(Located<string>? path)
    {
        if (path is { } located && Read(path) is { } text && !ServiceAccountKey.LooksUsable(text))
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
