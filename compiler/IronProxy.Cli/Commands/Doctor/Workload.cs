using System.Net;
using System.Security.Cryptography;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>Where doctor runs: what is known about it, and the instruments that checks share.</summary>
internal sealed class Workload
{
    private Workload(DoctorSettings settings, PolicyFacts? policy, Func<string, string?> environment)
    {
        Settings = settings;
        Policy = policy;
        Environment = environment;
        Proxy = settings.Proxy ?? ProxyFromEnvironment(environment);
        Resolvers = settings.Resolvers.IsEmpty ? WorkloadResolvers.Read() : [.. settings.Resolvers];
        Plugin = NetworkPlugin.Read(environment);
        Dns = new DnsAsker(settings.Timeout);
        Connections = new ConnectionJudge(settings, DeniedName);
        Requests = new RequestSender(this);
    }

    public DoctorSettings Settings { get; }

    public PolicyFacts? Policy { get; }

    /// <summary>Reads a variable of this process.</summary>
    public Func<string, string?> Environment { get; }

    /// <summary>
    /// A name that no policy allows unless it allows everything: .invalid never exists (RFC 6761, 6.4), and the rest is made up
    /// for this run. One name for all requests: the proxy mints certificates for denied names at a limited rate.
    /// </summary>
    public string DeniedName { get; } = RandomName("invalid");

    /// <summary>The tunnel listener. Null when neither the command line nor a variable names one.</summary>
    public ProxyAddress? Proxy { get; }

    public IReadOnlyList<IPEndPoint> Resolvers { get; }

    /// <summary>The network plugin that a pod's network looks like; null outside of Kubernetes.</summary>
    public string? Plugin { get; }

    /// <summary>
    /// The addresses that the workload's resolver gives to a name that cannot exist: those of a proxy that all names lead to. Where the policy has
    /// dns.deny_unlisted, the proxy's that it gives to a host that is allowed. Empty when it makes up nothing.
    /// </summary>
    public IReadOnlyList<IPAddress> Invented { get; private set; } = [];

    /// <summary>Whether the workload's resolver is a proxy to which a name that cannot exist does not.</summary>
    public bool NamesAreDenied { get; private set; }

    public DnsAsker Dns { get; }

    public ConnectionJudge Connections { get; }

    public RequestSender Requests { get; }

    /// <summary>A host that the policy allows, if one is known.</summary>
    public string? AllowedHost => Policy is { AllowedHosts: [var first, ..] }
        ? first
        : Settings.Allowed.Select(r => r.Url).FirstOrDefault(u => u.Scheme == "https" && u.IsDefaultPort)?.Host;

    public static async Task<Workload> LookAroundAsync(DoctorSettings settings, PolicyFacts? policy, Func<string, string?> environment, CancellationToken cancellation)
    {
        var workload = new Workload(settings, policy, environment);
        // Twice each: a datagram may get lost, and much rests on the answer.
        foreach (var resolver in workload.Resolvers.Concat(workload.Resolvers))
        {
            if (await workload.Dns.AskUdpAsync(resolver, RandomName("invalid"), DnsMessage.A, cancellation) is { } reply)
            {
                workload.NamesAreDenied = reply.IsDenied;
                workload.Invented = reply.Code == 0 ? reply.Addresses : await workload.AskForListedAsync(resolver, cancellation);
                break;
            }
        }

        return workload;
    }

    private async Task<IReadOnlyList<IPAddress>> AskForListedAsync(IPEndPoint resolver, CancellationToken cancellation) =>
        NamesAreDenied
        && Policy is { AllowedHosts: [var listed, ..] }
        && await Dns.AskUdpAsync(resolver, listed, DnsMessage.A, cancellation) is { } reply
        && reply.IsInvented(Policy.ProxyAddresses)
            ? reply.Addresses
            : [];

    /// <summary>A name that nobody has asked for before.</summary>
    public static string RandomName(string domain) => $"ironc-doctor-{RandomNumberGenerator.GetHexString(16, lowercase: true)}.{domain}";

    private static ProxyAddress? ProxyFromEnvironment(Func<string, string?> environment)
    {
        foreach (var name in new[] { "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy" })
        {
            if (ProxyAddress.TryParse(environment(name), out var address))
            {
                return address;
            }
        }

        return null;
    }
}
