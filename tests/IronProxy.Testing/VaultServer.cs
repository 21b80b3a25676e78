using System.Text.Json;
using System.Text.Json.Nodes;

namespace IronProxy.Testing;

/// <summary>
/// Vault, as its HTTP API is documented: KV of both versions, and logins by token, AppRole and Kubernetes. A login hands out a token of its own.
/// (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version, auth/approle#login-with-approle, auth/kubernetes#login.)
/// </summary>
public sealed class VaultServer : JsonServer
{
    /// <summary>The token that it has always accepted.</summary>
    public const string Token = "hvs.canary-token";

    /// <summary>The id of the role.</summary>
    public const string RoleId = "59d6d1ca-47bb-4e7e-a40b-8be3bc5a0ba8";

    /// <summary>The secret id of the role.</summary>
    public const string SecretId = "canary-secret-id";

    /// <summary>The token of the service account of the role "agent".</summary>
    public const string Jwt = "canary.jwt.of-the-pod";

    private readonly HashSet<string> _tokens = [Token];

    private VaultServer()
    {
    }

    /// <summary>The secrets of version 2, by mount and path.</summary>
    public Dictionary<string, JsonObject> Versioned { get; } = new(StringComparer.Ordinal);

    /// <summary>The secrets of version 1, by mount and path.</summary>
    public Dictionary<string, JsonObject> Plain { get; } = new(StringComparer.Ordinal);

    /// <summary>The namespace that all of it is in; null for none.</summary>
    public string? Namespace { get; set; }

    /// <summary>Starts it.</summary>
    public static VaultServer Start()
    {
        var server = new VaultServer();
        server.Listen();
        return server;
    }

    /// <inheritdoc />
    protected override (int Status, string Body) Answer(ApiRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Headers.GetValueOrDefault("X-Vault-Request") != "true" || request.Headers.GetValueOrDefault("X-Vault-Namespace") != Namespace)
        {
            return Errors(404);
        }

        return (request.Method, request.Target.Split('/')) switch
        {
            ("POST", ["", "v1", "auth", .. var mount, "login"]) => LogIn(string.Join('/', mount), JsonNode.Parse(request.Body)!.AsObject()),
            ("GET", ["", "v1", .. var path]) when !_tokens.Contains(request.Headers.GetValueOrDefault("X-Vault-Token", "")) || path.Contains("hidden") => Errors(403, "permission denied"),
            ("GET", ["", "v1", .. var path]) => Read(path),
            _ => Errors(405),
        };
    }

    private (int Status, string Body) LogIn(string mount, JsonObject body)
    {
        string[] given = [.. body.Select(p => $"{p.Key}={p.Value}").Order(StringComparer.Ordinal)];
        var fits = mount switch
        {
            "approle" or "machines/approle" => given is [$"role_id={RoleId}", $"secret_id={SecretId}"],
            "kubernetes" => given is [$"jwt={Jwt}", "role=agent"],
            _ => (bool?)null,
        };
        if (fits is null)
        {
            return Errors(404);
        }

        if (fits is false)
        {
            return Errors(mount == "kubernetes" ? 403 : 400, "invalid role or secret ID canary");
        }

        var token = $"hvs.canary-{_tokens.Count}";
        _tokens.Add(token);
        return (200, new JsonObject { ["auth"] = new JsonObject { ["client_token"] = token, ["lease_duration"] = 3600, ["renewable"] = true }, ["data"] = null }.ToJsonString());
    }

    private (int Status, string Body) Read(string[] path)
    {
        var name = Uri.UnescapeDataString(string.Join('/', path));
        if (Plain.TryGetValue(name, out var plain))
        {
            return (200, JsonSerializer.Serialize(new { lease_duration = 2764800, renewable = false, data = plain }));
        }

        return Versioned.FirstOrDefault(s => name == s.Key.Insert(s.Key.IndexOf("//", StringComparison.Ordinal) + 1, "data")) is { Value: { } data }
            ? (200, JsonSerializer.Serialize(new { data = new { data, metadata = new { version = 2, destroyed = false } } }))
            : Errors(404);
    }

    private static (int Status, string Body) Errors(int status, params string[] errors) => (status, JsonSerializer.Serialize(new { errors }));
}
