using System.Net;
using IronProxy.Cli.Commands.Doctor.Probes;

namespace IronProxy.Cli.Commands.Doctor.Checks;

/// <summary>
/// Whether the workload's resolver asks others about names outside of the policy. If so, every name that is looked up arrives
/// at whoever serves its domain, and whatever is written into the name with it, though no connection is ever opened.
/// </summary>
internal sealed class NamesCheck : IDoctorCheck
{
    private const string Remedy =
        "let the workload use the proxy's DNS server alone (dns.proxy_ip): it answers all names itself, except those of dns.passthrough";

    public string Id => "names";

    public IEnumerable<Attempt> Attempts(Workload workload) => workload.Resolvers.Count == 0
        ? [Attempt.Of("resolver", static () => Outcome.Closed("/etc/resolv.conf names no resolver"))]
        : workload.Resolvers.SelectMany(r => new[]
        {
            new Attempt($"resolver {r}", cancellation => JudgeAsync(workload, r, cancellation)),
            new Attempt($"resolver {r} over TCP", cancellation => JudgeTcpAsync(workload, r, cancellation)),
        });

    /// <summary>Programs ask again over TCP when an answer was too long for a datagram (RFC 7766).</summary>
    private static async Task<Outcome> JudgeTcpAsync(Workload workload, IPEndPoint resolver, CancellationToken cancellation)
    {
        if (await workload.Dns.AskTcpAsync(resolver, Workload.RandomName("invalid"), DnsMessage.A, cancellation) is not null)
        {
            return Outcome.Closed("it answers there, too");
        }

        return await workload.Dns.AskUdpAsync(resolver, Workload.RandomName("invalid"), DnsMessage.A, cancellation) is null
            ? Outcome.Closed("no answer")
            : Outcome.Broken("it answers over UDP alone: long answers do not arrive", "let the workload's TCP 53 to the proxy's DNS server as well as its UDP 53");
    }

    private static async Task<Outcome> JudgeAsync(Workload workload, IPEndPoint resolver, CancellationToken cancellation)
    {
        var outside = workload.Settings.OutsideName;
        if (workload.Policy is { } policy && (policy.PassesThrough(outside) || policy.PassesThrough(Workload.RandomName(outside))))
        {
            return Outcome.Skipped($"dns.passthrough lets {outside} through: name a domain that it does not with --outside");
        }

        var questions = await Task.WhenAll(
            Ask(Workload.RandomName(outside), DnsMessage.A),
            Ask(Workload.RandomName(outside), DnsMessage.Txt),
            Ask(outside, DnsMessage.A));
        var answered = questions.Where(q => q.Reply is not null).ToArray();
        if (answered.Length == 0)
        {
            return Outcome.Closed("no answer");
        }

        foreach (var (name, type, reply) in answered)
        {
            if (LooksUp(reply!, workload))
            {
                return Outcome.Hole($"it answers {type} {name} with {reply!.CodeName}{(reply.HasAuthority ? " and the zone's SOA" : "")}: somebody outside was asked", Remedy);
            }
        }

        return answered.Any(q => q.Reply!.IsInvented(workload.Invented))
            ? Outcome.Closed($"every name leads to {workload.Invented[0]}")
            : Outcome.Closed($"it knows nothing of {outside} ({answered[0].Reply!.CodeName})");

        async Task<(string Name, string Type, DnsReply? Reply)> Ask(string name, ushort type) =>
            (name, type == DnsMessage.A ? "A" : "TXT", await workload.Dns.AskUdpAsync(resolver, name, type, cancellation));
    }

    /// <summary>Only who asked knows the zone, or an answer other than the one that is made up for every name.</summary>
    private static bool LooksUp(DnsReply reply, Workload workload) =>
        reply.HasAuthority || (reply.Answers > 0 && !reply.IsInvented(workload.Invented));
}
