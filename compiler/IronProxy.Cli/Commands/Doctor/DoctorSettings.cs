using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace IronProxy.Cli.Commands.Doctor;

/// <summary>What the command line says.</summary>
internal sealed record DoctorSettings
{
    /// <summary>
    /// Public addresses that answer on these ports from anywhere: two operators' resolvers, which serve HTTP, HTTPS, QUIC, DNS
    /// and DNS over TLS.
    /// </summary>
    public static readonly ImmutableArray<IPEndPoint> WellKnownProbes =
    [
        .. new[]
        {
            "1.1.1.1:80", "1.1.1.1:443", "8.8.8.8:443", "1.1.1.1:8443", "8.8.8.8:853",
            "[2606:4700:4700::1111]:80", "[2606:4700:4700::1111]:443", "[2001:4860:4860::8888]:443", "[2606:4700:4700::1111]:8443",
        }.Select(IPEndPoint.Parse),
    ];

    /// <summary>Addresses outside that must not be reached.</summary>
    public ImmutableArray<IPEndPoint> Probes { get; init; } = WellKnownProbes;

    /// <summary>The tunnel listener, from --proxy. Null leaves the question to the environment.</summary>
    public ProxyAddress? Proxy { get; init; }

    /// <summary>The resolvers of the workload, from --resolver. Empty means those of /etc/resolv.conf.</summary>
    public ImmutableArray<IPEndPoint> Resolvers { get; init; } = [];

    /// <summary>A domain outside of the policy that really exists.</summary>
    public string OutsideName { get; init; } = "example.com";

    /// <summary>Requests that must get through.</summary>
    public ImmutableArray<WorkloadRequest> Allowed { get; init; } = [];

    /// <summary>Headers of the requests that must get through, each as <c>Name: value</c>.</summary>
    public ImmutableArray<string> Headers { get; init; } = [];

    /// <summary>Requests that must not.</summary>
    public ImmutableArray<WorkloadRequest> Denied { get; init; } = [];

    /// <summary>Files and folders that the workload must not be able to read.</summary>
    public ImmutableArray<string> Protected { get; init; } = [];

    /// <summary>The proxy's CA. Null when it is not known.</summary>
    public X509Certificate2? Ca { get; init; }

    /// <summary>How long one step of an attempt may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);
}
