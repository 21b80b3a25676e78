using System.Net;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.VaultKv;

/// <summary>Reads a secret from Vault's KV engine. The value is all of it, as JSON (https://developer.hashicorp.com/vault/api-docs/secret/kv).</summary>
internal sealed class VaultKvSecretSource(VaultKvSourcePlan plan, HostAccess host, StoreHttp store) : ISecretSource
{
    private readonly StoreApi _api = new("Vault", host, store, why => ProblemOf(plan, why));

    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        var token = plan.Auth switch
        {
            VaultKvSourcePlan.Token => _api.ReadCredential(plan.TokenEnv!, "the token"), // Each login has what it needs.
            VaultKvSourcePlan.AppRole => await LogInAsync(
                [("role_id", _api.ReadCredential(plan.RoleIdEnv!, "the role's id")), ("secret_id", _api.ReadCredential(plan.SecretIdEnv!, "the secret id"))], cancellation).ConfigureAwait(false), // As above.
            VaultKvSourcePlan.Kubernetes => await LogInAsync(
                [("role", plan.Role!), ("jwt", await ReadJwtAsync(plan.JwtPath!, cancellation).ConfigureAwait(false))], cancellation).ConfigureAwait(false), // As above.
            _ => throw new PlanException("The plan has a login to Vault that this build does not have."),
        };

        using var request = Request(HttpMethod.Get, $"{Escaped(plan.Mount)}/{(plan.KvVersion == 2 ? "data/" : "")}{Escaped(plan.Path)}");
        request.Headers.TryAddWithoutValidation("X-Vault-Token", token);
        using var answer = await SendAsync(request, status => status switch
        {
            HttpStatusCode.Forbidden => $"the token is not good, or may not read {plan.Mount}/{plan.Path}",
            HttpStatusCode.NotFound => $"it has no {plan.Mount}/{plan.Path}{(plan.KvVersion == 2 ? "" : ", or its engine is of version 2")}, or the newest version is deleted{(plan.Path.StartsWith("data/", StringComparison.Ordinal) || plan.Path.StartsWith(plan.Mount + "/", StringComparison.Ordinal) ? $"; the path is written without {plan.Mount}/ and data/" : "")}",
            _ => null,
        }, cancellation).ConfigureAwait(false);
        return _api.Understand(answer.RootElement, root =>
        {
            var data = root.GetProperty("data");
            if (plan.KvVersion == 2)
            {
                data = data.GetProperty("data");
            }

            return data.ValueKind == JsonValueKind.Object ? data.GetRawText() : throw Problem(_api.NotTheApi);
        });
    }

    /// <summary>Logs in, for this one reading.</summary>
    private async Task<string> LogInAsync((string Name, string Value)[] fields, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Post, $"auth/{Escaped(plan.AuthMount!)}/login"); // A login that is not by token has it.
        request.Content = new ByteArrayContent(Json(fields));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        using var answer = await SendAsync(
            request,
            status => status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden ? $"it does not accept the login {plan.Auth} at auth/{plan.AuthMount}"
                : status == HttpStatusCode.NotFound ? $"it has no login at auth/{plan.AuthMount}" : null,
            cancellation).ConfigureAwait(false);
        return _api.Understand(answer.RootElement, root => root.GetProperty("auth").GetProperty("client_token").GetString()) is { } token && StoreApi.IsCredential(token)
            ? token
            : throw Problem(_api.NotTheApi);
    }

    private HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri($"{_api.ReadUrl(plan.AddressEnv, "https://vault.example:8200")}/v1/{path}"));
        request.Headers.TryAddWithoutValidation("X-Vault-Request", "true");
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        if (plan.Namespace is { } name)
        {
            request.Headers.TryAddWithoutValidation("X-Vault-Namespace", Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal));
        }

        return request;
    }

    private Task<JsonDocument> SendAsync(HttpRequestMessage request, Func<HttpStatusCode, string?> describe, CancellationToken cancellation) => _api.AskAsync(
        request,
        status => describe(status) ?? status switch
        {
            HttpStatusCode.TemporaryRedirect => "it is not the active node, and leads elsewhere (307): give the address of the cluster",
            HttpStatusCode.ServiceUnavailable => "it is sealed or under maintenance (503)",
            var other => $"it answered {(int)other}",
        },
        cancellation);

    private async Task<string> ReadJwtAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var text = (await Task.Run(() => host.ReadFile(path), cancellation).ConfigureAwait(false)).Trim(); // The file system may be slow.
            return StoreApi.IsCredential(text) ? text : throw Problem($"the file {path} does not hold a token");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Problem($"the file {path}, with the token of the service account, cannot be read ({e.GetType().Name})");
        }
    }

    private StartupException Problem(string why) => ProblemOf(plan, why);

    private static StartupException ProblemOf(VaultKvSourcePlan plan, string why) => new($"The secret {plan.DisplayName} of line {plan.At.Line} cannot be read from the Vault in {plan.AddressEnv}: {why}.");

    private static string Escaped(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static byte[] Json((string Name, string Value)[] fields)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
