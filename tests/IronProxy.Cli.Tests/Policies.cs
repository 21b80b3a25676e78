namespace IronProxy.Cli.Tests;

/// <summary>The proxy.yaml files that the tests share.</summary>
internal static class Policies
{
    /// <summary>Every transform once. Line numbers matter to the tests: the allowlist's rule is in line 11.</summary>
    public const string Good =
        """
        dns:
          proxy_ip: "172.20.0.2"
        tls:
          ca_cert: "ca.crt"
          ca_key: "ca.key"
        transforms:
          - name: allowlist
            config:
              domains: ["*.example.com"]
              rules:
                - host: "api.github.com"
                  methods: ["GET", "POST"]
                  paths: ["/repos/*"]
          - name: secrets
            config:
              secrets:
                - source: { type: env, var: GITHUB_TOKEN }
                  inject: { header: "Authorization", formatter: "Bearer {{ .Value }}" }
                  rules:
                    - host: "api.github.com"
                - source: { type: env, var: EXAMPLE_KEY }
                  replace:
                    proxy_value: "placeholder-1"
                    match_headers: ["X-Api-Key"]
                    match_query: true
                    require: true
                  rules:
                    - host: "keys.example.com"
          - name: header_allowlist
            config:
              headers: ["Authorization", "Accept", "/^X-Api-.*$/"]
          - name: annotate
            config:
              annotations:
                - headers: ["X-Request-Id"]
          - name: body_capture
            config:
              max_request_body_bytes: 2048
              rules:
                - host: "api.github.com"

        """;

    /// <summary>The variables that <see cref="Good"/> reads. They are set unless a test says otherwise.</summary>
    public static readonly Dictionary<string, string> Variables = new() { ["GITHUB_TOKEN"] = "canary-github", ["EXAMPLE_KEY"] = "canary-example" };

    /// <summary>Five mistakes of different kinds, in lines 2, 4, 8, 14 and 15.</summary>
    public const string FiveMistakes =
        """
        dns:
          proxy_ip: "172.20.0.2222"
        proxy:
          tunel_listen: ":1080"
        tls:
          ca_cert: "ca.crt"
          ca_key: "ca.key"
          cert_cache_size: "many"
        transforms:
          - name: allowlist
            config:
              rules:
                - host: "api.github.com"
                  paths: ["repos/*"]
          - name: secret
            config: {}

        """;
}
