using IronProxy.Compiler;
using IronProxy.Diagnostics;
using IronProxy.Plan;
using IronProxy.Targets.Model;

namespace IronProxy.Targets.Tests.Model;

public class DeploymentModelTests
{
    private const string Head = "tls: {ca_cert: /etc/iron-proxy/ca.crt, ca_key: /etc/iron-proxy/ca.key}\n";
    private const string Rules = "rules: [{host: api.github.com}]";

    [Fact]
    public void Listeners_come_in_a_fixed_order_and_those_that_are_off_are_left_out()
    {
        var model = Model("""
            dns: {listen: ":53", proxy_ip: 10.0.0.2}
            proxy: {http_listen: ":80", https_listen: "", tunnel_listen: "127.0.0.1:1080"}
            management: {listen: "127.0.0.1:9092", api_key_env: MANAGEMENT_KEY}
            """);

        Assert.Equal([ListenerRole.Dns, ListenerRole.Http, ListenerRole.Tunnel, ListenerRole.Metrics, ListenerRole.Management], model.Listeners.Select(l => l.Role));
        Assert.Equal([true, true, true, false, false], model.Listeners.Select(l => l.IsForWorkloads));
        Assert.Equal([false, false, true, false, true], model.Listeners.Select(l => l.IsLoopbackOnly));
        Assert.Equal(("10.0.0.2", 1080, "proxy.tunnel_listen"), (model.ProxyIp, model.Listener(ListenerRole.Tunnel)!.Port, model.Listener(ListenerRole.Tunnel)!.Key)); // It is there.
        Assert.Equal(["MANAGEMENT_KEY"], model.Variables.Select(v => v.Name));
    }

    [Fact]
    public void Every_step_says_which_variables_and_files_it_needs_each_once()
    {
        var model = Model("", $$"""
              - name: secrets
                config:
                  secrets:
                    - {source: {type: env, var: TOKEN}, inject: {header: X-A}, {{Rules}} }
                    - {source: {type: env, var: TOKEN}, inject: {header: X-B}, {{Rules}} }
                    - {source: {type: file, path: /run/secrets/key}, inject: {header: X-C}, {{Rules}} }
                    - {source: {type: 1password, secret_ref: "op://v/i/f", token_env: OP_TOKEN}, inject: {header: X-D}, {{Rules}} }
                    - {source: {type: 1password_connect, secret_ref: "op://v/i/f", host_env: OP_HOST, token_env: OP_CONNECT}, inject: {header: X-E}, {{Rules}} }
              - name: oauth_token
                config: {tokens: [{grant: refresh_token, refresh_token: {type: env, var: REFRESH}, client_id: {type: env, var: CLIENT}, token_endpoint: "https://login.example.com/token", {{Rules}} }] }
              - {name: gcp_auth, config: {keyfile: {type: file, path: /run/secrets/gcp.json}, scopes: [a], {{Rules}} } }
              - {name: github_app, config: {client_id: a, private_key: {type: env, var: APP_KEY}, owner: o, permissions: {contents: read}, {{Rules}} } }
              - {name: judge, config: {name: j, prompt: p, provider: {type: anthropic, model: m, api_key_env: JUDGE_KEY}, {{Rules}} } }
            """);

        Assert.Equal(["APP_KEY", "CLIENT", "JUDGE_KEY", "OP_CONNECT", "OP_HOST", "OP_TOKEN", "REFRESH", "TOKEN"], model.Variables.Select(v => v.Name));
        Assert.Equal(["/run/secrets/gcp.json", "/run/secrets/key"], model.Files.Select(f => f.Name));
        Assert.Equal(8, model.Variables.Single(v => v.Name == "TOKEN").At.Line);
    }

    [Fact]
    public void Sources_of_AWS_ask_for_the_least_that_reads_them()
    {
        var model = Model("", $$"""
              - name: secrets
                config:
                  secrets:
                    - {source: {type: aws_sm, secret_id: "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"}, inject: {header: X-A}, {{Rules}} }
                    - {source: {type: aws_sm, secret_id: prod/b, region: eu-west-1}, inject: {header: X-B}, {{Rules}} }
                    - {source: {type: aws_ssm, name: /prod/c}, inject: {header: X-C}, {{Rules}} }
            """);

        Assert.Equal<AwsPermission>(
            [
                new AwsPermission("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:*:secret:prod/b-??????"),
                new AwsPermission("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"),
                new AwsPermission("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/prod/c"),
            ],
            model.AwsPermissions);
    }

    private static DeploymentModel Model(string sections, string steps = "")
    {
        var text = $"{Head}{sections}\ntransforms:\n  - {{name: allowlist, config: {{domains: [api.github.com]}}}}\n{steps}\n";
        var result = ProxyCompiler.Compile(new SourceText("proxy.yaml", text));
        Assert.True(result.Plan is not null, string.Join("\n", result.Diagnostics.Select(d => $"{d.Span.Line}: {d.Message}")));
        return DeploymentModel.Of(result.Plan);
    }
}
