using IronProxy.Compiler.Analysis.Spaces.Differences;
using IronProxy.Plan;

namespace IronProxy.Compiler.Tests.Analysis.Spaces;

public class SettingsTests
{
    private const string Allow = "transforms:\n  - {name: allowlist, config: {domains: [a.test]}}\n";

    private const string Mcp = "mcp: {servers: [{name: s, rules: [{host: a.test}], ";

    private const string Scrubbing = "{name: secrets, config: {secrets: [{source: {type: env, var: K}, inject: {header: X}, rules: [{host: a.test}], ";

    private const string Aws = "{name: aws_auth, config: {access_key_id: {type: env, var: K}, secret_access_key: {type: env, var: S}, rules: [{host: a.test}], ";

    private const string Azure = "{name: azure_auth, config: {tenant_id: a.test, client_id: 00001111-aaaa-2222-bbbb-3333cccc4444, client_secret: {type: env, var: K}, scope: a/.default, rules: [{host: a.test}], ";
    private const string Github = "{name: github_app, config: {client_id: a, private_key: {type: env, var: K}, owner: o, rules: [{host: a.test}], ";
    private const string Gcp = "{name: gcp_auth, config: {keyfile: {type: env, var: K}, scopes: [openid], rules: [{host: a.test}], ";

    private const string Oauth = "{name: oauth_token, config: {tokens: [{grant: refresh_token, refresh_token: {type: env, var: K}, client_id: {type: env, var: I}, rules: [{host: a.test}], token_endpoint: '";

    private const string Grpc = "{name: grpc, config: {name: engine, target: 'localhost:9500', ";

    private const string Calls = "{name: json_rpc, config: {name: node, rules: [{host: a.test}], ";

    private const string Graph = "{name: graphql, config: {name: api, rules: [{host: a.test}], ";

    private const string Judge = "{name: judge, config: {name: guard, prompt: p, rules: [{host: a.test}], provider: {type: openai, model: m, api_key_env: K}, ";

    [Theory]
    [InlineData("", "proxy: {upstream_deny_cidrs: [\"10.0.0.0/8\"]}", "upstream_deny_cidrs")]
    [InlineData("proxy: {upstream_deny_cidrs: [\"10.0.0.0/8\"]}", "proxy: {upstream_deny_cidrs: [\"10.0.0.0/9\"]}", "upstream_deny_cidrs")]
    [InlineData("proxy: {upstream_deny_cidrs: [\"fd00::/8\"]}", "proxy: {upstream_deny_cidrs: []}", "upstream_deny_cidrs")]
    [InlineData("dns: {proxy_ip: 172.20.0.2}", "dns: {proxy_ip: 172.20.0.2, passthrough: [b.test]}", "dns.passthrough")]
    [InlineData("dns: {proxy_ip: 172.20.0.2, deny_unlisted: true}", "dns: {proxy_ip: 172.20.0.2}", "dns.deny_unlisted")]
    [InlineData("proxy: {upstream_ca: [a.pem]}", "proxy: {upstream_ca: [b.pem, a.pem]}", "proxy.upstream_ca")]
    [InlineData("", "proxy: {upstream_ca: [a.pem]}", "proxy.upstream_ca")]
    [InlineData("", "proxy: {tunnel_listen: \":1080\"}", "proxy.tunnel_listen")]
    [InlineData("proxy: {http_listen: \"127.0.0.1:80\"}", "proxy: {http_listen: \":80\"}", "proxy.http_listen")]
    [InlineData(Mcp + "}]}", "", "mcp")]
    [InlineData(Mcp + "tools: [{name: a}]}]}", Mcp + "tools: [{name: a}, {name: b}]}]}", "mcp")]
    [InlineData(Mcp + "prompts: []}]}", Mcp + "}]}", "mcp")]
    [InlineData(Mcp + "sampling: []}]}", Mcp + "}]}", "mcp")]
    [InlineData(Mcp + "sampling: []}]}", Mcp + "sampling: [{}]}]}", "mcp")]
    [InlineData(Mcp + "resources: [{uri: \"x://a\"}]}]}", Mcp + "resources: [{uri: \"x://a\"}, {uri: \"x://*\"}]}]}", "mcp")]
    [InlineData(Mcp + "}]}", "mcp: {servers: [{name: s, rules: [{host: a.test, paths: [/mcp]}]}]}", "mcp")]
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
    [InlineData(Scrubbing + "scrub_responses: true}]}}", Scrubbing + "}]}}", "scrub_responses")]
    [InlineData(Scrubbing + "scrub_responses: true, scrub_strict: true}]}}", Scrubbing + "scrub_responses: true}]}}", "scrub_strict")]
    [InlineData(Gcp + "scrub_responses: true}}", Gcp + "}}", "scrub_responses")]
    [InlineData(Aws + "scrub_responses: true}}", Aws + "}}", "scrub_responses")]
    [InlineData(Oauth + "https://a.test/t', scrub_responses: true, scrub_strict: true}]}}", Oauth + "https://a.test/t', scrub_responses: true}]}}", "scrub_strict")]
    [InlineData(Aws + "allowed_regions: [us-east-1]}}", Aws + "allowed_regions: [us-east-1, eu-west-1]}}", "allowed_regions")]
    [InlineData(Aws + "allowed_services: [s3]}}", Aws + "}}", "allowed_services")]
    [InlineData(Oauth + "https://a.test/t', scopes: [read]}]}}", Oauth + "https://a.test/t', scopes: [read, write]}]}}", "scopes")]
    [InlineData(Oauth + "https://a.test/t', require_stub: true}]}}", Oauth + "https://a.test/t'}]}}", "require_stub")]
    [InlineData(Oauth + "https://a.test/t'}]}}", Oauth + "https://a.test/t', require: false}]}}", "require")]
    [InlineData(Azure + "scrub_responses: true}}", Azure + "}}", "scrub_responses")]
    [InlineData(Github + "repositories: [a]}}", Github + "repositories: [a, b]}}", "repositories")]
    [InlineData(Github + "repositories: [a]}}", Github + "}}", "repositories")]
    [InlineData(Github + "permissions: {contents: read}}}", Github + "permissions: {contents: write}}}", "permissions")]
    [InlineData(Github + "permissions: {contents: admin}}}", Github + "}}", "permissions")]
    [InlineData(Github + "scrub_responses: true}}", Github + "}}", "scrub_responses")]
    [InlineData(Grpc + "}}", Grpc + "rules: [{host: a.test, methods: [GET]}]}}", "grpc")]
    [InlineData(Grpc + "tls: {enabled: true}}}", Grpc + "}}", "grpc")]
    [InlineData(Grpc + "}}", "{name: annotate, config: {annotations: [{headers: [A]}]}}", "grpc")]
    [InlineData(Judge + "}}", Judge + "fallback: skip}}", "judge")]
    [InlineData(Calls + "methods: [{name: a}]}}", Calls + "methods: [{name: a}, {name: b}]}}", "json_rpc")]
    [InlineData(Calls + "methods: [{name: a, when: [{path: x, in: [1]}]}]}}", Calls + "methods: [{name: a, when: [{path: x, in: [1, 2]}]}]}}", "json_rpc")]
    [InlineData(Calls + "}}", "{name: json_rpc, config: {name: node, rules: [{host: a.test, paths: [/rpc]}]}}", "json_rpc")]
    [InlineData(Graph + "queries: [{field: a}]}}", Graph + "queries: [{field: a}, {field: b}]}}", "graphql")]
    [InlineData(Graph + "queries: [{field: a, fields: [b]}]}}", Graph + "queries: [{field: a, fields: [b, c]}]}}", "graphql")]
    [InlineData(Graph + "mutations: []}}", Graph + "mutations: [{field: a}]}}", "graphql")]
    [InlineData(Graph + "queries: [{field: a, when: [{path: x, equals: 1}]}]}}", Graph + "queries: [{field: a}]}}", "graphql")]
    [InlineData(Graph + "introspection: false}}", Graph + "introspection: true}}", "graphql")]
    [InlineData(Graph + "max_depth: 5}}", Graph + "max_depth: 6}}", "graphql")]
    [InlineData(Graph + "max_fields: 5}}", Graph + "max_fields: 6}}", "graphql")]
    [InlineData(Graph + "}}", Graph + "persisted_queries: [ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38]}}", "graphql")]
    [InlineData(Calls + "}}", "{name: annotate, config: {annotations: [{headers: [A]}]}}", "json_rpc")]
    public void A_step_widens_one_way_and_narrows_the_other(string narrow, string wide, string setting)
    {
        var (before, after) = (Compile.Plan($"{Allow}  - {narrow}\n"), Compile.Plan($"{Allow}  - {wide}\n"));

        Assert.Contains(PlanComparer.Compare(before, after).Settings, s => s.Setting == setting && s.Direction == SettingDirection.Widens);
        Assert.Contains(PlanComparer.Compare(after, before).Settings, s => s.Setting == setting && s.Direction == SettingDirection.Narrows);
    }

    [Theory]
    [InlineData("proxy: {upstream_deny_cidrs: [\"10.0.0.0/8\"]}", "proxy: {upstream_deny_cidrs: [\"10.128.0.0/9\", \"10.0.0.0/9\"]}")]
    [InlineData("dns: {proxy_ip: 172.20.0.2, passthrough: [\"*.test\"]}", "dns: {proxy_ip: 172.20.0.2, passthrough: [a.test, \"*.test\"]}")]
    [InlineData("log: {level: info}", "log: {level: debug, dns: none, format: json}")]
    [InlineData("dns: {proxy_ip: 172.20.0.2}", "dns: {proxy_ip: 172.20.0.2, deny_unlisted: false}")]
    public void Another_spelling_of_a_setting_is_no_difference(string one, string other) =>
        Assert.True(PlanComparer.Compare(Compile.Plan($"{one}\n{Allow}"), Compile.Plan($"{other}\n{Allow}")).IsEmpty);

    [Theory]
    [InlineData("", "send_request_body: true", "engine is shown request bodies")]
    [InlineData("", "allowed_headers: [accept]", "engine is shown other headers: Accept")]
    [InlineData("tls: {enabled: true}", "tls: {enabled: true, ca_cert: a.pem}", "engine is asked with other certificates")]
    public void What_a_server_is_shown_is_a_change(string one, string other, string change)
    {
        var found = Assert.Single(PlanComparer.Compare(Compile.Plan($"{Allow}  - {Grpc}{one}}}}}\n"), Compile.Plan($"{Allow}  - {Grpc}{other}}}}}\n")).Settings);
        Assert.Equal(("grpc", SettingDirection.Changes, change), (found.Setting, found.Direction, found.Change));
    }

    [Theory]
    [InlineData("{name: judge, config: {name: guard, prompt: q, rules: [{host: a.test}], provider: {type: openai, model: m, api_key_env: K}}}", "guard has another prompt")]
    [InlineData("{name: judge, config: {name: guard, prompt: p, rules: [{host: a.test}], provider: {type: openai, model: n, api_key_env: K}}}", "guard asks n at https://api.openai.com, and asked m at https://api.openai.com")]
    [InlineData("{name: judge, config: {name: guard, prompt: p, rules: [{host: a.test}], provider: {type: openai, model: m, api_key_env: K}, cache: {ttl: 5m}}}", "guard remembers 1000 verdicts for 300000 ms")]
    [InlineData("{name: judge, config: {name: guard, prompt: p, rules: [{host: a.test}], provider: {type: openai, model: m, api_key: {type: file, path: key.txt}}}}", "guard asks with the file key.txt, and asked with the variable K")]
    public void What_a_judge_decides_by_is_a_change(string other, string change)
    {
        var found = Assert.Single(PlanComparer.Compare(Compile.Plan($"{Allow}  - {Judge}}}}}\n"), Compile.Plan($"{Allow}  - {other}\n")).Settings);
        Assert.Equal(("judge", SettingDirection.Changes, change), (found.Setting, found.Direction, found.Change));
    }

    [Theory]
    [InlineData("dns: {proxy_ip: 172.20.0.2}", "dns: {proxy_ip: 172.20.0.2, proxy_ipv6: \"fd00::2\"}", "dns.proxy_ipv6", "fd00::2, and was none")]
    [InlineData("log: {dns: all}", "log: {dns: denied}", "log.dns", "denied, and was all")]
    [InlineData("log: {level: info}", "log: {format: text}", "log.format", "text, and was json")]
    public void A_setting_that_is_neither_wider_nor_narrower_is_a_change(string one, string other, string setting, string change)
    {
        var difference = PlanComparer.Compare(Compile.Plan($"{one}\n{Allow}"), Compile.Plan($"{other}\n{Allow}"));

        var found = Assert.Single(difference.Settings);
        Assert.Equal((setting, SettingDirection.Changes, change), (found.Setting, found.Direction, found.Change));
        Assert.False(difference.Widens);
    }

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
    public void Credentials_that_are_sent_to_another_token_endpoint_are_wider()
    {
        var difference = PlanComparer.Compare(Compile.Plan($"{Allow}  - {Oauth}https://a.test/t'}}]}}}}\n"), Compile.Plan($"{Allow}  - {Oauth}https://b.test/t'}}]}}}}\n"));

        Assert.Equal(
            ["I (oauth_token) is sent to https://b.test/t; before: https://a.test/t", "K (oauth_token) is sent to https://b.test/t; before: https://a.test/t"],
            difference.Settings.Select(s => s.Change));
        Assert.True(difference.Widens);
    }

    [Theory]
    [InlineData("https_proxy: 'http://p:1'", "http over none, https over http://p:1, and was no proxy")]
    [InlineData("https_proxy: 'http://p:1', username: u, password: {type: env, var: P}", "the proxies are shown other credentials", "https_proxy: 'http://p:1'")]
    [InlineData("https_proxy: 'http://p:1', username: u, password: {type: env, var: P}", "the proxies are shown other credentials", "https_proxy: 'http://p:1', username: u, password: {type: env, var: Q}")]
    [InlineData("from_environment: true", "the proxies of the environment, and was no proxy")]
    public void Another_way_to_upstreams_is_a_change(string way, string change, string? before = null)
    {
        var setting = Assert.Single(PlanComparer.Compare(Plan(before), Plan(way)).Settings);

        Assert.Equal(("proxy.upstream_proxy", SettingDirection.Changes, change), (setting.Setting, setting.Direction, setting.Change));
        Assert.Empty(PlanComparer.Compare(Plan(way), Plan(way)).Settings);

        static ProxyPlan Plan(string? way) => Compile.Plan($"{(way is null ? "" : $"proxy: {{upstream_proxy: {{{way}}}}}")}\n{Allow}");
    }

    [Theory]
    [InlineData("{field: a, fields: [b, c.d]}", "{field: a}")]
    [InlineData("{field: a, fields: [b.c]}", "{field: a, fields: [b]}")]
    [InlineData("{field: a, when: [{path: x, equals: 1}], fields: [b]}", "{field: a}")]
    public void Fields_are_narrower_than_what_they_are_beneath_and_nothing_else(string narrow, string wide)
    {
        var (less, more) = (Plan(narrow), Plan(wide));

        Assert.All(PlanComparer.Compare(less, more).Settings, s => Assert.Equal(SettingDirection.Widens, s.Direction));
        Assert.NotEmpty(PlanComparer.Compare(less, more).Settings);
        Assert.All(PlanComparer.Compare(more, less).Settings, s => Assert.Equal(SettingDirection.Narrows, s.Direction));
        Assert.NotEmpty(PlanComparer.Compare(more, less).Settings);

        static Plan.ProxyPlan Plan(string field) => Compile.Plan($"{Allow}  - {Graph}queries: [{field}]}}}}\n");
    }

    [Fact]
    public void A_token_for_somebody_else_is_a_change()
    {
        var setting = Assert.Single(PlanComparer.Compare(Id("one"), Id("two")).Settings);

        Assert.Equal("tokens of k are for two, and were for one", setting.Change);
        Assert.Equal(SettingDirection.Changes, setting.Direction);

        static Plan.ProxyPlan Id(string audience) => Compile.Plan($"{Allow}  - {{name: gcp_id_token, config: {{keyfile_path: run/k, audience: {audience}, rules: [{{host: a.test}}]}}}}\n");
    }

    [Theory]
    [InlineData("sha256", "{{.Timestamp}}{{.Body}}", null)]
    [InlineData("sha1", "{{.Timestamp}}{{.Body}}", "k signs {Timestamp}{Body} with sha1, a key in raw, and times in rfc3339, as X-S: {Signature} in hex; before: {Timestamp}{Body} with sha256, a key in raw, and times in rfc3339, as X-S: {Signature} in hex")]
    [InlineData("sha256", "{{.Timestamp}}", "k signs {Timestamp} with sha256, a key in raw, and times in rfc3339, as X-S: {Signature} in hex; before: {Timestamp}{Body} with sha256, a key in raw, and times in rfc3339, as X-S: {Signature} in hex")]
    public void Another_signature_is_a_change(string algorithm, string message, string? change)
    {
        var found = PlanComparer.Compare(Signed("sha256", "{{.Timestamp}}{{.Body}}"), Signed(algorithm, message)).Settings.SingleOrDefault();

        Assert.Equal(change, found?.Change);
        Assert.True(found is null || found.Direction == SettingDirection.Changes);

        static Plan.ProxyPlan Signed(string algorithm, string message) => Compile.Plan(
            $"{Allow}  - {{name: hmac_sign, config: {{timestamp: {{format: rfc3339}}, signature: {{algorithm: {algorithm}, key_encoding: raw, output_encoding: hex, message: '{message}'}}, credentials: {{secret: {{type: file, path: run/k}}}}, headers: [{{name: X-S, value: '{{{{.Signature}}}}'}}], rules: [{{host: a.test}}]}}}}\n");
    }

    [Theory]
    [InlineData("tenant_id: b.test", "token_endpoint", "K (azure_auth) is sent to https://login.microsoftonline.com/b.test/oauth2/v2.0/token; before: https://login.microsoftonline.com/a.test/oauth2/v2.0/token")]
    [InlineData("client_id: 99991111-aaaa-2222-bbbb-3333cccc4444", "azure_auth", "tokens of K are for 99991111-aaaa-2222-bbbb-3333cccc4444, and were for 00001111-aaaa-2222-bbbb-3333cccc4444")]
    [InlineData("scope: b/.default", "scopes", "K (azure_auth) asks for b/.default; before: a/.default")]
    public void A_token_of_another_application_or_for_another_resource_is_a_change(string other, string setting, string change)
    {
        var key = other.Split(' ')[0];
        var after = string.Join(", ", Azure.Split(", ").Select(p => p.Contains(key, StringComparison.Ordinal) ? p[..p.IndexOf(key, StringComparison.Ordinal)] + other : p));
        var found = Assert.Single(PlanComparer.Compare(Compile.Plan($"{Allow}  - {Azure}}}}}\n"), Compile.Plan($"{Allow}  - {after}}}}}\n")).Settings);
        Assert.Equal((setting, change), (found.Setting, found.Change));
    }

    [Theory]
    [InlineData("owner: two", "tokens of K are for a at two, and were for a at one")]
    [InlineData("owner: one, api_url: 'https://github.test/api/v3'", "K (github_app) is sent to https://github.test/api/v3; before: https://api.github.com")]
    public void A_token_of_another_installation_or_server_is_a_change(string other, string change)
    {
        static Plan.ProxyPlan App(string whose) => Compile.Plan($"{Allow}  - {{name: github_app, config: {{client_id: a, private_key: {{type: env, var: K}}, permissions: {{contents: read}}, rules: [{{host: a.test}}], {whose}}}}}\n");
        Assert.Equal(change, Assert.Single(PlanComparer.Compare(App("owner: one"), App(other)).Settings).Change);
    }

    [Theory]
    [InlineData("tools: [{name: a, when: [{path: x, equals: 1}]}]", "tools: [{name: a, when: [{path: x, equals: 2}]}]", "Widens of the arguments of tool a of s is asked: x in 2; before: x in 1")]
    [InlineData("tools: [{name: a, when: [{path: x, in: [1, 2]}]}]", "tools: [{name: a, when: [{path: x, equals: 2}, {path: y, matches: z}]}]", "Narrows of the arguments of tool a of s is asked: x in 2 and y matches \"z\"; before: x in 1,2")]
    [InlineData("tools: [{name: a, when: [{path: x, equals: 1}]}]", "tools: [{name: a}]", "Widens of the arguments of tool a of s is asked: nothing; before: x in 1")]
    [InlineData("tools: [{name: a, when: [{path: x, in: [1, 2]}]}]", "tools: [{name: a, when: [{path: x, in: [2, 1]}]}]", null)]
    [InlineData("tools: [{name: a}, {name: b}]", "tools: [{name: b}, {name: a}]", null)]
    [InlineData("upstream: \"https://one.test/mcp\"", "upstream: \"https://two.test/mcp\"", "Widens requests to s are sent to https://two.test/mcp; before: to https://one.test/mcp")]
    [InlineData("upstream: \"https://one.test/mcp\"", "tools: []", "Widens requests to s are sent where they ask for; before: to https://one.test/mcp")]
    public void What_is_asked_of_servers_is_compared(string one, string other, string? change) =>
        Assert.Equal(change, PlanComparer.Compare(Compile.Plan($"{Mcp}{one}}}]}}\n{Allow}"), Compile.Plan($"{Mcp}{other}}}]}}\n{Allow}")).Settings.SingleOrDefault() is { } setting ? $"{setting.Direction} {setting.Change}" : null);

    /// <summary>Logs call both by one name.</summary>
    [Theory]
    [InlineData("{type: file, path: /a/key}", "{type: file, path: /b/key}", true)]
    [InlineData("{type: vault_kv, path: dev/agent, json_key: k}", "{type: vault_kv, path: prod/agent, json_key: k}", true)]
    [InlineData("{type: vault_kv, path: agent, json_key: k}", "{type: vault_kv, path: agent, json_key: k, mount: kv}", true)]
    [InlineData("{type: kubernetes, name: keys, key: a}", "{type: kubernetes, name: keys, key: a, namespace: team-a}", true)]
    [InlineData("{type: kubernetes, name: keys, key: a}", "{type: kubernetes, name: keys, key: a, ttl: 5m}", false)]
    [InlineData("{type: aws_sm, secret_id: agent, json_key: a}", "{type: aws_sm, secret_id: agent, json_key: b}", true)]
    [InlineData("{type: aws_sm, secret_id: agent, ttl: 1m}", "{type: aws_sm, secret_id: agent, ttl: 2m}", false)]
    public void Another_value_of_the_same_name_is_wider(string one, string other, bool differs)
    {
        var settings = PlanComparer.Compare(Of(one), Of(other)).Settings;
        Assert.Equal(differs ? ["source"] : [], settings.Select(s => s.Setting));
        Assert.All(settings, s => Assert.Equal(SettingDirection.Widens, s.Direction));

        static Plan.ProxyPlan Of(string source) => Compile.Plan($"{Allow}  - {{name: secrets, config: {{secrets: [{{source: {source}, inject: {{header: X}}, rules: [{{host: a.test}}]}}]}}}}\n");
    }

    [Fact]
    public void Values_that_change_places_between_two_hosts_are_wider()
    {
        var settings = PlanComparer.Compare(Of("dev", "prod"), Of("prod", "dev")).Settings;
        Assert.Equal(["k (inject) is the file /dev/k in requests where it was another one", "k (inject) is the file /prod/k in requests where it was another one"], settings.Select(s => s.Change));

        static Plan.ProxyPlan Of(string a, string b)
        {
            static string Entry(string folder, string host) => $"{{source: {{type: file, path: /{folder}/k}}, inject: {{header: X}}, rules: [{{host: {host}}}]}}";
            return Compile.Plan($"transforms: [{{name: allowlist, config: {{domains: [a.test, b.test]}}}}, {{name: secrets, config: {{secrets: [{Entry(a, "a.test")}, {Entry(b, "b.test")}]}}}}]\n");
        }
    }

    [Fact]
    public void A_management_API_that_others_can_reach_is_wider()
    {
        var setting = Assert.Single(PlanComparer.Compare(Management("127.0.0.1:9092"), Management(":9092")).Settings);

        Assert.Equal("management.listen", setting.Setting);
        Assert.Equal(SettingDirection.Widens, setting.Direction);

        static Plan.ProxyPlan Management(string listen) => Compile.Plan($"management: {{listen: \"{listen}\", api_key_env: KEY}}\n{Allow}");
    }

    [Fact]
    public void Sni_only_sees_less_so_it_is_wider()
    {
        var before = Compile.Plan("transforms: [{name: allowlist, config: {rules: [{host: a.test, methods: [GET]}]}}]");
        var after = before with { Tls = before.Tls with { Mode = Plan.TlsMode.SniOnly } };

        var difference = PlanComparer.Compare(before, after);

        Assert.Contains(difference.Settings, s => s is { Setting: "tls.mode", Direction: SettingDirection.Widens });
        Assert.Equal(["https"], Assert.Single(Assert.Single(difference.Reachable).Slices).Schemes.AsEnumerable());
        Assert.Empty(difference.Unreachable);
    }
}
