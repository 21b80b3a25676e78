using IronProxy.Compiler.Files;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Validation;
using IronProxy.Compiler.Values;

namespace IronProxy.Compiler.Transforms.Grpc;

/// <summary>Checks a gRPC server.</summary>
internal static class GrpcValidator
{
    private static readonly string[] PathKeys = ["ca_cert", "cert", "key"];

    public static void Validate(GrpcConfig config, ValidationContext context)
    {
        if (config.Name is { } name)
        {
            context.RequireText(name, "the name");
        }

        if (config.Target is { } target && EndpointText.Parse(target, context.Bag) is { } server && config.Tls is not { Enabled: { Value: true } } && !server.Host.IsLoopback)
        {
            context.Bag.ServerWithoutTls(target.Span);
        }

        if (config.Timeout is { } timeout)
        {
            DurationText.ParsePositiveMilliseconds(timeout, context.Bag);
        }

        context.RequireValue(config, "allowed_headers", "all headers or none");
        foreach (var header in config.AllowedHeaders?.Items ?? [])
        {
            HeaderText.ParsePattern(header, context.Bag, secretTarget: false);
        }

        if (config.Tls is { } tls)
        {
            ValidateTls(tls, context);
        }

        RuleValidator.Validate(config, config.Rules, context);
    }

    public static void CheckFiles(GrpcConfig config, NamedFilesCheck files)
    {
        if (config.Tls is { Enabled: { Value: true } } tls)
        {
            files.CheckPair(tls.CaCert, key: null);
            files.CheckPair(tls.Cert, tls.Key);
        }
    }

    private static void ValidateTls(GrpcTlsConfig tls, ValidationContext context)
    {
        foreach (var path in new[] { tls.CaCert, tls.Cert, tls.Key })
        {
            if (path is { } text)
            {
                context.RequireText(text, "the path");
            }
        }

        if (tls.Has("cert") != tls.Has("key"))
        {
            var (key, missing) = tls.Has("cert") ? ("cert", "key") : ("key", "cert");
            context.Bag.CertificateWithoutKey(tls.KeySpan(key), key, missing);
        }

        if (tls.Enabled is null or { Value: false })
        {
            foreach (var key in PathKeys.Where(tls.Has))
            {
                context.Bag.TlsDisabled(tls.KeySpan(key), key);
            }
        }
    }
}
