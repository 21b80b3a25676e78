using IronProxy.Testing;

namespace IronProxy.EndToEnd.Tests.Bypass;

/// <summary>What the resolver of the corpus answers: names of the upstreams, and names that lead where nothing may be dialled.</summary>
internal static class BypassNames
{
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
        ["cased.corp.example.com"] = [(A, "10.9.8.7")],
        ["inside.corp.example.com"] = [(A, "10.9.8.7")],
    };

    public static byte[] Answer(ScriptedDnsQuestion question)
    {
        if (!Addresses.TryGetValue(question.Name, out var known))
        {
            return question.Answer(code: 3);
        }

        return question.Answer(known.Where(k => k.Type == question.Type).Select(k => ScriptedDnsRecord.Address(question.Name, k.Address)));
    }
}
