using System.Net;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>The resolvers that programs of this workload ask (resolv.conf(5)).</summary>
internal static class WorkloadResolvers
{
    private const int MaxServers = 3;

    public static IReadOnlyList<IPEndPoint> Read()
    {
        try
        {
            return Parse(File.ReadAllLines("/etc/resolv.conf"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Without the file nobody asks a resolver; the check of names says that there is none.
        }
    }

    public static IReadOnlyList<IPEndPoint> Parse(IEnumerable<string> lines) =>
    [
        .. lines.Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["nameserver", _, ..])
            .Select(words => IPAddress.TryParse(words[1], out var address) ? new IPEndPoint(address, 53) : null)
            .OfType<IPEndPoint>()
            .Take(MaxServers),
    ];
}
