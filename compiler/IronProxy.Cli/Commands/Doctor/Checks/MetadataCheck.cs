using System.Net;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>The metadata services of clouds, which hand out credentials of the machine. They are link-local: few firewalls see them.</summary>
internal sealed class MetadataCheck : IDoctorCheck
{
    private const string GoogleName = "metadata.google.internal";

    private const string Remedy =
        "drop 169.254.0.0/16 and fd00:ec2::254 for the workload before any rule that accepts; on AWS also set the hop limit of the instance's metadata service to 1";

    private static readonly IPEndPoint[] Services =
    [
        IPEndPoint.Parse("169.254.169.254:80"), // AWS, Google, Azure and most others
        IPEndPoint.Parse("[fd00:ec2::254]:80"), // AWS over IPv6
        IPEndPoint.Parse("169.254.170.2:80"),   // credentials of ECS tasks
    ];

    public string Id => "metadata";

    public IEnumerable<Attempt> Attempts(Workload workload) => Services
        .Select(s => new Attempt($"{s}", cancellation => workload.Connections.JudgeAsync(s, Remedy, cancellation)))
        .Append(new Attempt($"{GoogleName}:80", cancellation => ByNameAsync(workload, cancellation)));

    private static async Task<Outcome> ByNameAsync(Workload workload, CancellationToken cancellation)
    {
        IPAddress? address;
        try
        {
            address = await TimeLimit.WithinAsync(workload.Settings.Timeout, limit => workload.Requests.ResolveAsync(GoogleName, limit), cancellation);
        }
        catch (TimeoutException)
        {
            address = null;
        }

        return address switch
        {
            null => Outcome.Closed("the name does not resolve"),
            _ when workload.Invented.Contains(address) => Outcome.Closed($"the name leads to the proxy, {address}"),
            _ => await workload.Connections.JudgeAsync(new IPEndPoint(address, 80), Remedy, cancellation),
        };
    }
}
