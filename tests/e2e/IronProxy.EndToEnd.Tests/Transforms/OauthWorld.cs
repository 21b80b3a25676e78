using IronProxy.EndToEnd.Tests.Proxies;

namespace IronProxy.EndToEnd.Tests.Transforms;

/// <summary>A proxy with an entry of oauth_token for each scenario.</summary>
public sealed class OauthWorld : TokenWorld
{
    private protected override IEnumerable<(string Name, string Value)> Environment =>
    [
        ("CLIENT_SECRET", "canary-client-secret"), ("PASSWORD", "canary-password +&=\u00e9"), ("REFRESH", "canary-refresh-0"), ("TURNING", "canary-refresh-turning"), ("API_KEY", "canary-api-key"),
        ("CLIENT_ID", "the-client"), ("USERNAME", "the-user"), ("ISSUER", "the-issuer"), ("SUBJECT", "the-subject"), ("KEY_ID", "the-key-id"),
    ];

    private protected override void WriteKeys() => Folder.Write("assertion.key", AssertionKey);

    internal override string Policy(string more = "api.example.com")
    {
        string Entry(string scenario, string more = "", string grant = "client_credentials, client_id: { type: env, var: CLIENT_ID }, client_secret: { type: env, var: CLIENT_SECRET }") =>
            $$"""        - { grant: {{grant}}, token_endpoint: "https://login.example.com:{{Port}}/token/{{scenario}}", {{more}} rules: [{ host: api.example.com, paths: ["/{{scenario}}"] }] }""" + "\n";

        return ExampleProxy.Settings.Replace("records:\n", "records:\n    - { name: \"login.example.com\", type: A, value: \"127.0.0.1\" }\n", StringComparison.Ordinal) + """
            transforms:
              - name: allowlist
                config: { domains: ["*.example.com", "MORE"] }
              - name: oauth_token
                config:
                  tokens:

            """
.Replace("MORE", more, StringComparison.Ordinal)
            + string.Concat(((string[])["client_credentials", "slow", "text_lifetime", "forever", "short", "down", "denied", "unknown", "text", "none", "ended", "lines", "long", "redirect", "instant", "no_lifetime"]).Select(s => Entry(s)))
            + Entry("scoped", "scopes: [read, write],")
            + Entry("stubbed", "require_stub: true,")
            + Entry("echoed", "scrub_responses: true,")
            + Entry("echoed_back")
            + Entry("optional", "require: false,").Replace("/token/optional", "/token/down", StringComparison.Ordinal)
            + Entry("headers", "header: X-Token, value_prefix: \"\", token_endpoint_headers: { x-api-KEY: { type: env, var: API_KEY } },")
            + Entry("password", grant: "password, username: { type: env, var: USERNAME }, password: { type: env, var: PASSWORD }, client_id: { type: env, var: CLIENT_ID }")
            + Entry("refresh", grant: "refresh_token, refresh_token: { type: env, var: REFRESH }, client_id: { type: env, var: CLIENT_ID }")
            + Entry("turning", grant: "refresh_token, refresh_token: { type: env, var: TURNING }, client_id: { type: env, var: CLIENT_ID }")
            + Entry("jwt", "audience: login.example.com, scopes: [read, write],", "jwt_bearer, issuer: { type: env, var: ISSUER }, subject: { type: env, var: SUBJECT }, private_key: { type: file, path: assertion.key }, private_key_id: { type: env, var: KEY_ID }");
    }
}
