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

    private static readonly string[] Ports = ["80", "443", "8443"];

    private static readonly string[] Schemes = ["http", "https"];

    private static readonly string[] Clients = ["ci", "agent"];

    /// <summary>Who can ask; null is somebody who is not known.</summary>
    public static string?[] Askers { get; } = [null, .. Clients];

    /// <summary>Transforms that put tokens or signatures into requests; their rules stand for the last word.</summary>
    private static readonly string[] CredentialSteps =
    [
        "{name: gcp_auth, config: {keyfile: {type: env, var: KEY0}, scopes: [a], rules: RULES}}",
        "{name: gcp_id_token, config: {keyfile_path: run/gcp, audience: a, rules: RULES}}",
        "{name: azure_auth, config: {tenant_id: a.test, client_id: 00001111-aaaa-2222-bbbb-3333cccc4444, client_secret: {type: env, var: KEY1}, scope: a/.default, rules: RULES}}",
        "{name: github_app, config: {client_id: a, private_key: {type: env, var: KEY2}, owner: o, permissions: {contents: read}, rules: RULES}}",
        "{name: aws_auth, config: {access_key_id: {type: env, var: KEY0}, secret_access_key: {type: env, var: KEY1}, rules: RULES}}",
        "{name: hmac_sign, config: {timestamp: {format: rfc3339}, signature: {algorithm: sha256, key_encoding: raw, output_encoding: hex, message: '{{.Body}}'}, credentials: {secret: {type: env, var: KEY2}}, headers: [{name: X-S, value: '{{.Signature}}'}], rules: RULES}}",
        "{name: oauth_token, config: {tokens: [{grant: refresh_token, refresh_token: {type: env, var: KEY1}, client_id: {type: env, var: ID}, token_endpoint: 'https://login.test/token', rules: RULES}]}}",
    ];

    /// <summary>Every request of the world. The odd port comes with few paths, which have nothing to do with ports.</summary>
    public static RequestWitness[] Requests { get; } =
    [
        .. from host in Hosts
           from scheme in Schemes
           from method in (string[])[.. Methods, "PUT"]
           from place in (string[])[.. Targets, ":8443/a", ":8443/b/b", ":81/", scheme == "https" ? ":80/a" : ":443/a"]
           select Request($"{method} {scheme}://{host}{place}"),

        // Who asks has nothing to do with all that: a part of the world is enough.
        .. from client in Clients
           from host in Hosts
           from scheme in Schemes
           from method in (string[])["GET", "PUT"]
           from place in (string[])["/", "/a/b"]
           select Request($"{method} {scheme}://{host}{place}") with { Client = client },
    ];

    /// <summary>A policy: one or two allowlists, perhaps one that warns, and at most two secrets and two other credentials.</summary>
    public static Gen<string> Policies { get; } =
        from allowlists in Rules(4).NonEmptyListOf().Select(l => l.Take(2).ToArray())
        from warn in Gen.Frequency((4, Gen.Constant(-1)), (1, Gen.Choose(0, 1)))
        from scopes in Rules(2).ListOf().Select(l => l.Take(2).ToArray())
        from plaintext in Gen.Elements(true, false)
        from steps in CredentialStep.ListOf().Select(l => l.Take(2).ToArray())
        from sniOnly in Gen.Frequency((9, Gen.Constant(false)), (1, Gen.Constant(true)))
        from asked in Gen.Frequency((4, Gen.Constant("")), (1, Gen.Constant("http_listen: '', https_listen: '', ")))
        select Write(allowlists, warn, scopes, plaintext, steps, sniOnly, asked);

    /// <summary>Holds a property against random policies, and goes on when chance has shown it too little of what it is about.</summary>
    public static void CheckUntil(Func<bool> hasSeenEnough, int policies, Action<string> property)
    {
        var rounds = 0;
        do
        {
            Prop.ForAll(Policies.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(policies));
        }
        while (!hasSeenEnough() && ++rounds < 10);
        Assert.True(hasSeenEnough(), $"{rounds} times {policies} policies have not what this is about.");
    }

    public static RequestWitness Request(string text)
    {
        var parts = text.Split(' ');
        Assert.Null(CanonicalRequest.TryCreateFromUrl(parts[0], parts[1], out var request));
        return new RequestWitness(request.Method!, request.Scheme!, request.Host, request.Port, request.Target.Path); // It is no tunnel.
    }

    /// <summary>The plan of a policy. One in ten is for <c>sni-only</c>.</summary>
    public static ProxyPlan Compile(string policy) => Tests.Compile.File(Complete(policy)).Plan ?? throw new InvalidOperationException(policy);

    /// <summary>The policy as a file that compiles: with a CA, unless it is for <c>sni-only</c>.</summary>
    public static string Complete(string policy) =>
        policy.StartsWith("tls:", StringComparison.Ordinal) ? policy : "tls: {ca_cert: ca.crt, ca_key: ca.key}\n" + policy;

    private static Gen<string> CredentialStep =>
        from step in Gen.Elements(CredentialSteps)
        from rules in Rules(2).Where(r => r.Length > 0)
        select step.Replace("RULES", $"[{string.Join(", ", rules)}]", StringComparison.Ordinal);

    private static Gen<string[]> Rules(int most) =>
        (from place in Gen.Elements(Places)
         from methods in Gen.SubListOf(Methods)
         from paths in Gen.SubListOf(Paths).Select(p => p.Take(2))
         from ports in Gen.Frequency((2, Gen.Constant<string[]>([])), (1, Gen.SubListOf(Ports).Select(v => v.ToArray())))
         from schemes in Gen.Frequency((2, Gen.Constant<string[]>([])), (1, Gen.SubListOf(Schemes).Select(v => v.ToArray())))
         from clients in Gen.Frequency((2, Gen.Constant<string[]>([])), (1, Gen.SubListOf(Clients).Select(v => v.ToArray())))
         select $"{{{place}{List("methods", methods)}{List("paths", paths.Select(p => $"'{p}'"))}{List("ports", ports)}{List("schemes", schemes)}{List("clients", clients)}}}")
        .ListOf().Select(r => r.Take(most).ToArray());

    private static string List(string key, IEnumerable<string> values) => values.Any() ? $", {key}: [{string.Join(", ", values)}]" : "";

    private static string Write(string[][] allowlists, int warn, string[][] scopes, bool plaintext, string[] steps, bool sniOnly, string asked)
    {
        var yaml = new StringBuilder(sniOnly ? "tls: {mode: sni-only}\n" : "")
            .Append($"proxy: {{{asked}tunnel_listen: ':1080', clients: [{{name: ci, networks: [10.3.0.0/16]}}, {{name: agent, networks: [10.4.0.0/16]}}]}}\n")
            .Append("transforms:\n");
        for (var i = 0; i < allowlists.Length; i++)
        {
            yaml.Append($"  - {{name: allowlist, config: {{rules: [{string.Join(", ", allowlists[i])}], warn: {(warn == i ? "true" : "false")}}}}}\n");
        }

        yaml.Append("  - {name: annotate, config: {annotations: [{headers: [X-A]}]}}\n");
        var secrets = scopes.Select((scope, i) =>
            $"{{source: {{type: env, var: KEY{i}}}, {(scope.Length > 0 ? "inject: {header: X-Key}" : $"replace: {{proxy_value: placeholder-{i}, match_headers: [X-Key]}}")}, allow_plaintext: {(plaintext ? "true" : "false")}, rules: [{string.Join(", ", scope)}]}}");
        yaml.Append($"  - {{name: secrets, config: {{secrets: [{string.Join(", ", secrets)}]}}}}\n");
        foreach (var step in steps)
        {
            yaml.Append($"  - {step}\n");
        }

        return yaml.ToString();
    }
}
