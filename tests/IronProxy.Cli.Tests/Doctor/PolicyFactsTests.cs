using IronProxy.Cli.Commands.Doctor;
using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Cli.Tests.Doctor;

public class PolicyFactsTests
{
    [Fact]
    public void Hosts_secrets_files_and_ports_are_taken_from_the_plan()
    {
        var facts = Of("""
            dns: { proxy_ip: "10.0.0.2", passthrough: ["*.internal.test"] }
            tls: { ca_cert: "/certs/ca.crt", ca_key: "/certs/ca.key" }
            metrics: { listen: "127.0.0.1:9191" }
            management: { listen: "127.0.0.1:9292", api_key_env: MANAGEMENT_KEY }
            transforms:
              - name: allowlist
                config:
                  domains: ["api.example.com", "*.example.org"]
              - name: secrets
                config:
                  secrets:
                    - source: { type: env, var: API_KEY }
                      replace: { proxy_value: "placeholder-1" }
                      rules: [{ host: "secret.example.net" }]
                    - source: { type: file, path: /run/secrets/token }
                      inject: { header: "X-Token" }
                      rules: [{ host: "api.example.com" }]
            """);

        Assert.Equal(["api.example.com"], facts.AllowedHosts.AsEnumerable());
        Assert.Equal(["API_KEY", "MANAGEMENT_KEY"], facts.SecretVariables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["placeholder-1"], facts.SecretVariables["API_KEY"].AsEnumerable());
        Assert.Empty(facts.SecretVariables["MANAGEMENT_KEY"]);
        Assert.Equal(["/run/secrets/token", "/certs/ca.key"], facts.SecretFiles.AsEnumerable());
        Assert.Equal([("metrics", 9191), ("management", 9292)], facts.AdminPorts.AsEnumerable());
    }

    [Fact]
    public void Whatever_step_reads_a_secret_what_it_reads_is_kept_from_the_workload()
    {
        var facts = Of("""
            tls: { ca_cert: "/certs/ca.crt", ca_key: "/certs/ca.key" }
            transforms:
              - name: allowlist
                config:
                  domains: ["api.example.com"]
              - name: grpc
                config: { name: policy, target: "policy.example.com:9500", tls: { enabled: true, ca_cert: /grpc/ca.crt, cert: /grpc/client.crt, key: /grpc/client.key } }
              - name: judge
                config: { name: guard, prompt: Deny., provider: { type: anthropic, model: m, api_key_env: JUDGE_KEY }, rules: [{ host: "api.example.com" }] }
              - name: secrets
                config:
                  secrets:
                    - source: { type: 1password, secret_ref: "op://v/i/f", token_env: VAULT_TOKEN }
                      inject: { header: "X-A" }
                      rules: [{ host: "api.example.com" }]
                    - source: { type: 1password_connect, secret_ref: "op://v/i/f", host_env: CONNECT_HOST, token_env: CONNECT_TOKEN }
                      inject: { header: "X-B" }
                      rules: [{ host: "api.example.com" }]
            """);

        // Where the server of 1Password is, is no secret, and certificates are public.
        Assert.Equal(["CONNECT_TOKEN", "JUDGE_KEY", "VAULT_TOKEN"], facts.SecretVariables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["/grpc/client.key", "/certs/ca.key"], facts.SecretFiles.AsEnumerable());
    }

    [Theory]
    [InlineData("db.internal.test", true)]
    [InlineData("example.com", false)]
    public void Names_that_are_passed_through_are_known(string name, bool expected) =>
        Assert.Equal(expected, Of("""
            dns: { proxy_ip: "10.0.0.2", passthrough: ["*.internal.test"] }
            tls: { ca_cert: "ca.crt", ca_key: "ca.key" }
            transforms:
              - name: allowlist
                config:
                  domains: ["api.example.com"]
            """).PassesThrough(name));

    private static PolicyFacts Of(string yaml)
    {
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", yaml));
        Assert.True(result.Plan is not null, string.Join('\n', result.Diagnostics.Select(d => d.Message)));
        return PolicyFacts.Of(new PlanPolicy(result.Plan));
    }
}
