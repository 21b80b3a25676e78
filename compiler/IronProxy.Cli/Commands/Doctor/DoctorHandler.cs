using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using IronProxy.Cli.Inputs;
using IronProxy.Cli.Terminal;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Tries to get out, and says what came of it.</summary>
internal sealed class DoctorHandler(CliConsole console)
{
    public async Task<int> RunAsync(DoctorSettings settings, string? policyPath, string? caPath, bool json, CancellationToken cancellation)
    {
        PolicyFacts? policy = null;
        if (policyPath is not null)
        {
            if (PolicyFile.TryOpenSource(policyPath, console, "nothing was tried") is not { } source)
            {
                return ExitCode.Findings;
            }

            policy = PolicyFacts.Of(source.ToPolicy());
        }

        using var ca = caPath is null ? null : ReadCa(caPath);
        var workload = await Workload.LookAroundAsync(settings with { Ca = ca }, policy, console.Environment, cancellation);
        var results = await DoctorRun.RunAsync(DoctorChecks.All, workload, cancellation);
        if (json)
        {
            DoctorJson.Print(workload, results, console.Out);
        }
        else
        {
            new DoctorPrinter(console.Out, new Paint(console.OutHasColor)).Print(workload, results);
        }

        return results.Any(r => r.Outcome.Verdict is ProbeResult.Hole or ProbeResult.Broken) ? ExitCode.Findings : ExitCode.Ok;
    }

    private X509Certificate2 ReadCa(string path)
    {
        try
        {
            return X509Certificate2.CreateFromPem(InputFile.Read(path, console));
        }
        catch (CryptographicException e)
        {
            throw new CliException($"{path} holds no certificate in PEM", e);
        }
    }
}
