using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IronProxy.Compiler.Analysis.Spaces;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

/// <summary>Random small policies, and every request of a small world in which they are compared by trying.</summary>
internal static class SmallPolicies
{
    private static readonly string[] Places =
        ["host: '*'", "host: a.test", "host: b.test", "host: '*.a.test'", "host: '*.test'", "host: x.a.test", "host: 'x?.a.test'", "host: 'x*.test'", "host: 10.0.0.5", "cidr: 10.0.0.0/8", "cidr: 10.0.0.5/32"];

    private static readonly string[] Hosts =
        ["a.test", "b.test", "x.a.test", "y.x.a.test", "x1.a.test", "x-1.test", "test", "other.org", "10.0.0.5", "10.1.1.1", "192.0.2.1", "[2001:db8::1]"];

    private static readonly string[] Methods = ["GET", "POST", "PURGE"];

    private static readonly string[] Paths = ["/*", "/a", "/a/*", "/a*", "/*/b", "/a/?", "/b/*/a*"];

    private static readonly string[] Targets = ["/", "/a", "/a/", "/a/b", "/a/bb", "/ab", "/b", "/b/b", "/b/x/a", "/b/x/ab/c", "/a/b/c"];

    /// <summary>Every request of the world.</summary>
    public static RequestWitness[] Requests { get; } =
    [
        .. from host in Hosts
           from scheme in (string[])["https", "http"]
           from method in (string[])[.. Methods, "PUT"]
           from target in Targets
           select Request($"{method} {scheme}://{host}{target}"),
    ];

    /// <summary>A policy: one or two allowlists, perhaps one that warns, and one or two secrets.</summary>
    public static Gen<string> Policies { get; } =
        from allowlists in Rules(4).NonEmptyListOf().Select(l => l.Take(2).ToArray())
        from warn in Gen.Frequency((4, Gen.Constant(-1)), (1, Gen.Choose(0, 1)))
        from scopes in Rules(2).ListOf().Select(l => l.Take(2).ToArray())
        from plaintext in Gen.Elements(true, false)
        select Write(allowlists, warn, scopes, plaintext);

    public static RequestWitness Request(string text)
    {
        var parts = text.Split(' ');
        Assert.Null(CanonicalRequest.TryCreateFromUrl(parts[0], parts[1], out var request));
        return new RequestWitness(request.Method!, request.Scheme!, request.Host, request.Port, request.Target.Path); // It is no tunnel.
    }

    private static Gen<string[]> Rules(int most) =>
        (from place in Gen.Elements(Places)
         from methods in Gen.SubListOf(Methods)
         from paths in Gen.SubListOf(Paths).Select(p => p.Take(2))
         select Write(place, [.. methods], [.. paths])).ListOf().Select(r => r.Take(most).ToArray());

    private static string Write(string place, string[] methods, string[] paths) =>
        $"{{{place}{(methods.Length > 0 ? $", methods: [{string.Join(", ", methods)}]" : "")}{(paths.Length > 0 ? $", paths: ['{string.Join("', '", paths)}']" : "")}}}";

    private static string Write(string[][] allowlists, int warn, string[][] scopes, bool plaintext)
    {
        var yaml = new StringBuilder("transforms:\n");
        for (var i = 0; i < allowlists.Length; i++)
        {
            yaml.Append($"  - {{name: allowlist, config: {{rules: [{string.Join(", ", allowlists[i])}], warn: {(warn == i ? "true" : "false")}}}}}\n");
        }

        yaml.Append("  - {name: annotate, config: {annotations: [{headers: [X-A]}]}}\n");
        var secrets = scopes.Select((scope, i) =>
            $"{{source: {{type: env, var: KEY{i}}}, inject: {{header: X-Key}}, allow_plaintext: {(plaintext ? "true" : "false")}, rules: [{string.Join(", ", scope)}]}}");
        yaml.Append($"  - {{name: secrets, config: {{secrets: [{string.Join(", ", secrets)}]}}}}\n");
        return yaml.ToString();
    }
}
