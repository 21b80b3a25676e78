using System.Collections.Immutable;
using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Lowering;
using IronProxy.Compiler.Secrets;
using IronProxy.Compiler.Values;
using IronProxy.Plan;

namespace IronProxy.Compiler.Sections.Clients;

/// <summary>Lowers proxy.clients.</summary>
internal static class ClientsLowering
{
    public static ImmutableArray<ClientPlan>? Lower(LocatedList<ClientConfig>? clients, LoweringContext context) =>
        clients is null ? null : [.. clients.Items.Select(c => Lower(c, context))];

    private static ClientPlan Lower(ClientConfig config, LoweringContext context)
    {
        var name = config.Name.Checked().Value;
        return new ClientPlan
        {
            Name = name,
            Username = config.Password is null ? null : config.Username?.Value ?? name,
            Password = SourceLowering.Lower("password", config.Password, context),
            Certificate = config.Certificate is { } certificate ? LowerCertificate(certificate, context) : null,
            Networks = config.Networks is { } networks
                ? [.. networks.Items.Select(n => NetworkText.Parse(n, context.Repeated).Checked()).Order(StringComparer.Ordinal)]
                : null,
            At = config.At,
        };
    }

    private static ClientCertificatePlan LowerCertificate(ClientCertificateConfig config, LoweringContext context)
    {
        var (kind, value) = ClientsValidator.PartsOf(config).Single();
        return new ClientCertificatePlan(kind, ClientCertificateText.Parse(kind, value, context.Repeated).Checked());
    }
}
