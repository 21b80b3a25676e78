using IronProxy.Compiler.Analysis.Spaces.Differences;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class SettingsTests
{
    private const string Allow = "transforms:\n  - {name: allowlist, config: {domains: [a.test]}}\n";

    [Theory]
    [InlineData("", "proxy: {upstream_deny_cidrs: [\"10.0.0.0/8\"]}", "upstream_deny_cidrs")]
    [InlineData("proxy: {upstream_deny_cidrs: [\"10.0.0.0/8\"]}", "proxy: {upstream_deny_cidrs: [\"10.0.0.0/9\"]}", "upstream_deny_cidrs")]
    [InlineData("proxy: {upstream_deny_cidrs: [\"fd00::/8\"]}", "proxy: {upstream_deny_cidrs: []}", "upstream_deny_cidrs")]
    [InlineData("dns: {proxy_ip: 172.20.0.2}", "dns: {proxy_ip: 172.20.0.2, passthrough: [b.test]}", "dns.passthrough")]
    [InlineData("", "proxy: {tunnel_listen: \":1080\"}", "proxy.tunnel_listen")]
    [InlineData("proxy: {http_listen: \"127.0.0.1:80\"}", "proxy: {http_listen: \":80\"}", "proxy.http_listen")]
    public void A_setting_widens_one_way_and_narrows_the_other(string narrow, string wide, string setting)
    {
        var (before, after) = (Compile.Plan($"{narrow}\n{Allow}"), Compile.Plan($"{wide}\n{Allow}"));

        Assert.Contains(PlanComparer.Compare(before, after).Settings, s => s.Setting == setting && s.Direction == SettingDirection.Widens);
        Assert.True(PlanComparer.Compare(before, after).Widens);
        Assert.Contains(PlanComparer.Compare(after, before).Settings, s => s.Setting == setting && s.Direction == SettingDirection.Narrows);
    }

    [Theory]
    [InlineData("{name: header_allowlist, config: {headers: [Accept]}}", "{name: annotate, config: {annotations: [{headers: [A]}]}}", "header_allowlist")]
    [InlineData("{name: header_allowlist, config: {headers: [Accept]}}", "{name: header_allowlist, config: {headers: [Accept, Cookie]}}", "header_allowlist")]
    [InlineData("{name: header_allowlist, config: {headers: [Accept]}}", "{name: header_allowlist, config: {headers: [Accept], rules: [{host: a.test}]}}", "header_allowlist")]
    [InlineData("{name: allowlist, config: {domains: [a.test]}}", "{name: allowlist, config: {domains: [a.test], warn: true}}", "warn")]
    [InlineData(
        "{name: secrets, config: {secrets: [{source: {type: env, var: K}, replace: {proxy_value: placeholder, require: true}, rules: [{host: a.test}]}]}}",
        "{name: secrets, config: {secrets: [{source: {type: env, var: K}, replace: {proxy_value: placeholder}, rules: [{host: a.test}]}]}}",
        "require")]
    [InlineData(
        "{name: secrets, config: {secrets: [{source: {type: env, var: K}, inject: {header: X}, rules: [{host: a.test}]}]}}",
        "{name: secrets, config: {secrets: [{source: {type: env, var: K}, inject: {header: X}, allow_plaintext: true, rules: [{host: a.test}]}]}}",
        "allow_plaintext")]
    public void A_step_widens_one_way_and_narrows_the_other(string narrow, string wide, string setting)
    {
        var (before, after) = (Compile.Plan($"{Allow}  - {narrow}\n"), Compile.Plan($"{Allow}  - {wide}\n"));

        Assert.Contains(PlanComparer.Compare(before, after).Settings, s => s.Setting == setting && s.Direction == SettingDirection.Widens);
        Assert.Contains(PlanComparer.Compare(after, before).Settings, s => s.Setting == setting && s.Direction == SettingDirection.Narrows);
    }

    [Theory]
    [InlineData("proxy: {upstream_deny_cidrs: [\"10.0.0.0/8\"]}", "proxy: {upstream_deny_cidrs: [\"10.128.0.0/9\", \"10.0.0.0/9\"]}")]
    [InlineData("dns: {proxy_ip: 172.20.0.2, passthrough: [\"*.test\"]}", "dns: {proxy_ip: 172.20.0.2, passthrough: [a.test, \"*.test\"]}")]
    [InlineData("log: {level: info}", "log: {level: debug}")]
    public void Another_spelling_of_a_setting_is_no_difference(string one, string other) =>
        Assert.True(PlanComparer.Compare(Compile.Plan($"{one}\n{Allow}"), Compile.Plan($"{other}\n{Allow}")).IsEmpty);

    [Fact]
    public void A_secret_that_is_put_elsewhere_is_a_change_that_is_not_wider()
    {
        var difference = PlanComparer.Compare(Secret("header: X-Old"), Secret("header: X-New"));

        var setting = Assert.Single(difference.Settings);
        Assert.Equal("K is put into the header X-New, and was into the header X-Old", setting.Change);
        Assert.False(difference.Widens);

        static Plan.ProxyPlan Secret(string inject) => Compile.Plan(
            $"{Allow}  - {{name: secrets, config: {{secrets: [{{source: {{type: env, var: K}}, inject: {{{inject}}}, rules: [{{host: a.test}}]}}]}}}}\n");
    }

    [Fact]
    public void Sni_only_sees_less_so_it_is_wider()
    {
        var before = Compile.Plan("transforms: [{name: allowlist, config: {rules: [{host: a.test, methods: [GET]}]}}]");
        var after = before with { Tls = before.Tls with { Mode = "sni-only" } };

        var difference = PlanComparer.Compare(before, after);

        Assert.Contains(difference.Settings, s => s is { Setting: "tls.mode", Direction: SettingDirection.Widens });
        Assert.Equal(["https"], Assert.Single(Assert.Single(difference.Reachable).Slices).Schemes.AsEnumerable());
        Assert.Empty(difference.Unreachable);
    }
}
