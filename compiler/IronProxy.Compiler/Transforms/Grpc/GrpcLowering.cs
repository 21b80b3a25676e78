using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Rules;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Transforms.Grpc;

/// <summary>Lowers a gRPC server.</summary>
internal static class GrpcLowering
{
    private const long DefaultTimeoutMs = 8_000;

    public static GrpcStepPlan Lower(GrpcConfig config, LoweringContext context)
    {
        var server = EndpointText.Parse(config.Target.Checked(), context.Repeated).Checked();
        return new GrpcStepPlan
        {
            Name = config.Name.Checked().Value,
            Host = server.Host.Text,
            Port = server.Port.Checked(),
            TimeoutMs = config.Timeout is { } timeout ? DurationText.ParsePositiveMilliseconds(timeout, context.Repeated).Checked() : DefaultTimeoutMs,
            AllowedHeaders = config.AllowedHeaders is { } headers ? [.. headers.Items.Select(h => HeaderText.ParsePattern(h, context.Repeated, secretTarget: false).Checked())] : null,
            SendRequestBody = config.SendRequestBody?.Value ?? false,
            SendResponseBody = config.SendResponseBody?.Value ?? false,
            Tls = config.Tls is { Enabled: { Value: true } } tls
                ? new GrpcTlsPlan { CaCert = tls.CaCert?.Value, Cert = tls.Cert?.Value, Key = tls.Key?.Value }
                : null,
            Rules = RuleLowering.Lower(config.Rules, context),
            At = config.At,
        };
    }
}
