using System.CommandLine;
using IronProxy.Certificates;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Ca;

/// <summary><c>ironc ca create</c>.</summary>
internal static class CaCreateCommand
{
    /// <summary>Ten years: nobody should want more, and dates far beyond break other programs.</summary>
    private const int MaxDays = 3650;

    public static Command Create(CliConsole console)
    {
        var certificate = new Option<string>("--out-cert")
        {
            Description = "Where to write the certificate",
            HelpName = "FILE",
            DefaultValueFactory = _ => "ca.crt",
        };
        var key = new Option<string>("--out-key")
        {
            Description = "Where to write the private key, readable to you alone",
            HelpName = "FILE",
            DefaultValueFactory = _ => "ca.key",
        };
        var days = new Option<int>("--days")
        {
            Description = "For how many days the CA is valid",
            HelpName = "DAYS",
            DefaultValueFactory = _ => 90,
        };
        var algorithm = new Option<string>("--key")
        {
            Description = "The kind of key: p256 signs fastest; RSA is for clients that know nothing else",
            HelpName = "p256|rsa2048|rsa4096",
            DefaultValueFactory = _ => "p256",
        };
        var name = new Option<string>("--name")
        {
            Description = "The common name, as it shows in trust stores",
            HelpName = "CN",
            DefaultValueFactory = _ => "iron-proxy CA",
        };
        algorithm.AcceptOnlyFromAmong("p256", "rsa2048", "rsa4096");
        days.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => !int.TryParse(token.Value, out var number) || number is < 1 or > MaxDays))
            {
                result.AddError($"--days takes a number from 1 to {MaxDays}");
            }
        });
        name.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (string.IsNullOrWhiteSpace(text) || text.Length > CaOptions.MaxCommonNameLength)
            {
                result.AddError($"--name takes 1 to {CaOptions.MaxCommonNameLength} characters");
            }
        });

        var command = new Command("create", "Makes a CA for iron-proxy: a certificate and its private key. Overwrites nothing.")
        {
            certificate, key, days, algorithm, name,
        };
        command.WithExamples(
            "ironc ca create",
            "ironc ca create --out-cert certs/ca.crt --out-key certs/ca.key --days 30",
            "ironc ca create --key rsa2048 --name \"Example egress CA\"");
        command.SetAction(arguments => new CaCreateHandler(console).Run(
            arguments.GetRequiredValue(certificate),
            arguments.GetRequiredValue(key),
            new CaOptions
            {
                CommonName = arguments.GetRequiredValue(name),
                ValidFor = TimeSpan.FromDays(arguments.GetRequiredValue(days)),
                KeyAlgorithm = arguments.GetRequiredValue(algorithm) switch
                {
                    "rsa2048" => CaKeyAlgorithm.Rsa2048,
                    "rsa4096" => CaKeyAlgorithm.Rsa4096,
                    _ => CaKeyAlgorithm.EcdsaP256,
                },
            }));
        return command;
    }
}
