using IronProxy.EndToEnd.Tests.Worlds;

namespace IronProxy.EndToEnd.Tests.Doctor;

/// <summary>What doctor is told about a deployment. Paths are those that the workload sees.</summary>
internal sealed record DoctorAttack
{
    /// <summary>ironc, where the workload can run it.</summary>
    public string Program { get; init; } = DoctorProcess.Program("ironc");

    /// <summary>The compiled plan, or proxy.yaml.</summary>
    public required string Policy { get; init; }

    /// <summary>The proxy's ca.crt.</summary>
    public string? Ca { get; init; }

    /// <summary>The tunnel listener, where nothing else leads to the proxy.</summary>
    public string? Proxy { get; init; }

    /// <summary>The workload's resolver, where its /etc/resolv.conf is not that of the deployment.</summary>
    public string? Resolver { get; init; }

    /// <summary>Requests that must work, and the headers that they carry.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Requests that must get a denial.</summary>
    public IReadOnlyList<string> Denied { get; init; } = ["https://attacker.test/"];

    /// <summary>Files that the workload must not read, beside those of the policy.</summary>
    public IReadOnlyList<string> Protected { get; init; } = [];

    /// <summary>Where it tries to get out.</summary>
    public IReadOnlyList<string> Probes { get; init; } = OutsideWorld.Probes;

    /// <summary>
    /// Seconds that a step may take. A step that waits in vain takes all of it, and on a busy machine an answer that comes takes long: silence for a
    /// hole would hide it, and for an allowed request it would be a fault.
    /// </summary>
    public int Timeout { get; init; } = 8;

    public IReadOnlyList<string> CommandLine =>
    [
        Program, "doctor", "--json", "--policy", Policy, "--timeout", $"{Timeout}",
        .. Ca is null ? (string[])[] : ["--ca", Ca],
        .. Proxy is null ? (string[])[] : ["--proxy", Proxy],
        .. Resolver is null ? (string[])[] : ["--resolver", Resolver],
        .. Each("--probe", Probes), .. Each("--expect-allowed", Allowed), .. Each("--header", Headers),
        .. Each("--expect-denied", Denied), .. Each("--protected", Protected),
    ];

    private static IEnumerable<string> Each(string option, IEnumerable<string> values) => values.SelectMany(v => new[] { option, v });
}
