using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>What the resolver of the corpus answers: names of the upstreams, and names that lead where nothing may be dialled.</summary>
internal sealed class BypassNames
{
    /// <summary>Leads to an upstream when it is asked for the first time, and from then on where nothing may be dialled.</summary>
    private const string Turning = "turning.example.com";

    private const int A = 1;
    private const int Aaaa = 28;

    private static readonly Dictionary<string, (int Type, string Address)[]> Addresses = new(StringComparer.OrdinalIgnoreCase)
    {
        ["api.example.com"] = [(A, "127.0.0.1")],
        ["other.example.com"] = [(A, "127.0.0.1")],
        ["unlisted.example.com"] = [(A, "127.0.0.1")],
        ["self.example.com"] = [(A, "127.0.0.1")],
        ["paths.example.com"] = [(A, "127.0.0.1")],
        ["tree.example.com"] = [(A, "127.0.0.1")],
        ["body.example.com"] = [(A, "127.0.0.1")],
        ["required.example.com"] = [(A, "127.0.0.1")],
        ["echo.example.com"] = [(A, "127.0.0.1")],
        ["strict.example.com"] = [(A, "127.0.0.1")],
        ["inject.example.com"] = [(A, "127.0.0.1")],
        ["rebind.example.com"] = [(A, "10.1.2.3")],
        ["rebind-direct.example.com"] = [(A, "10.1.2.3")],
        ["metadata.example.com"] = [(A, "169.254.169.254")],
        ["zero.example.com"] = [(A, "0.0.0.0")],
        ["mapped.example.com"] = [(Aaaa, "::ffff:127.0.0.1")],
        ["nat64.example.com"] = [(Aaaa, "64:ff9b::7f00:1")],
        ["first-denied.example.com"] = [(A, "127.0.0.1"), (A, "192.0.2.1")],
        ["last-denied.example.com"] = [(A, "192.0.2.1"), (A, "127.0.0.1")],
        ["other-family-denied.example.com"] = [(Aaaa, "2001:db8::1"), (A, "127.0.0.1")],
        [Turning] = [],
        ["ecs.example.com"] = [(A, "169.254.170.2")],
        ["eks.example.com"] = [(A, "169.254.170.23")],
        ["eks6.example.com"] = [(Aaaa, "fd00:ec2::23")],
        ["google6.example.com"] = [(Aaaa, "fd20:ce::254")],
        ["oracle6.example.com"] = [(Aaaa, "fd00:c1::a9fe:a9fe")],
        ["alibaba.example.com"] = [(A, "100.100.100.200")],
        ["azure.example.com"] = [(A, "168.63.129.16")],
        ["local6.example.com"] = [(Aaaa, "fe80::a9fe:a9fe")],
        ["multicast.example.com"] = [(A, "224.0.0.251")],
        ["sixtofour.example.com"] = [(Aaaa, "2002:a9fe:a9fe::1")],
        ["teredo.example.com"] = [(Aaaa, "2001:0:c000:201::5601:5601")],
        ["localnat64.example.com"] = [(Aaaa, "64:ff9b:1::a9fe:a9fe")],
        ["compatible.example.com"] = [(Aaaa, "::a9fe:a9fe")],
        ["isatap.example.com"] = [(Aaaa, "2001:db8::5efe:a9fe:a9fe")],
        ["this-network.example.com"] = [(A, "0.1.2.3")],
        ["cased.corp.example.com"] = [(A, "10.9.8.7")],
        ["inside.corp.example.com"] = [(A, "10.9.8.7")],
    };

    private int _turned;

    public byte[] Answer(ScriptedDnsQuestion question)
    {
        if (question is { Type: A } && question.Name.Equals(Turning, StringComparison.OrdinalIgnoreCase))
        {
            return question.Answer([ScriptedDnsRecord.Address(question.Name, Interlocked.Exchange(ref _turned, 1) == 0 ? "127.0.0.1" : "10.1.2.3")]);
        }

        if (!Addresses.TryGetValue(question.Name, out var known))
        {
            return question.Answer(code: 3);
        }

        return question.Answer(known.Where(k => k.Type == question.Type).Select(k => ScriptedDnsRecord.Address(question.Name, k.Address)));
    }
}
