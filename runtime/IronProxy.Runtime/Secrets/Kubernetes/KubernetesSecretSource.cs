using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using IronProxy.Plan;

namespace IronProxy.Runtime.Secrets.Kubernetes;

/// <summary>
/// Reads a Secret from the API of the cluster that the proxy is in, as client libraries find it: by two variables, and with the files of the pod's service account, which are read with each
/// reading, for the cluster replaces them (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
/// </summary>
/// <param name="plan">What is read.</param>
/// <param name="host">What may be read of the machine.</param>
/// <param name="trusting">Makes a way to servers whose certificates chain to some roots.</param>
internal sealed class KubernetesSecretSource(KubernetesSourcePlan plan, HostAccess host, Func<X509Certificate2Collection, HttpMessageInvoker> trusting) : ISecretSource
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";
    private const string HostVariable = "KUBERNETES_SERVICE_HOST";
    private const string PortVariable = "KUBERNETES_SERVICE_PORT";

    public async ValueTask<string> ReadAsync(CancellationToken cancellation)
    {
        var url = ReadUrl();
        var token = await ReadFileAsync("token", cancellation).ConfigureAwait(false);
        if (!StoreApi.IsCredential(token))
        {
            throw Problem($"the file {ServiceAccount}token does not hold a token");
        }

        var home = plan.Namespace ?? await ReadFileAsync("namespace", cancellation).ConfigureAwait(false);
        using var http = trusting(await ReadRootsAsync(cancellation).ConfigureAwait(false));
        var api = new StoreApi("Kubernetes", host, new StoreHttp(http), Problem);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{url}/api/v1/namespaces/{Uri.EscapeDataString(home)}/secrets/{plan.Name}"));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        using var answer = await api.AskAsync(
            request,
            status => status switch
            {
                HttpStatusCode.Unauthorized => "it does not accept the token of the pod's service account (401)",
                HttpStatusCode.Forbidden => $"the pod's service account may not get the Secret {plan.Name} in the namespace {home} (403): bind it to a role that does",
                HttpStatusCode.NotFound => $"there is no Secret {plan.Name} in the namespace {home}",
                var other => $"it answered {(int)other}",
            },
            cancellation).ConfigureAwait(false);
        return Decode(api.Understand(answer.RootElement, ReadData) ?? throw Problem($"the Secret {plan.Name} in the namespace {home} has no key {plan.Key}"));
    }

    /// <summary>The value of the key, in base64 (https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/); null when there is none.</summary>
    private string? ReadData(JsonElement root)
    {
        if (root.GetProperty("kind").GetString() != "Secret")
        {
            throw new InvalidOperationException();
        }

        return root.TryGetProperty("data", out var data) && data.ValueKind != JsonValueKind.Null && data.TryGetProperty(plan.Key, out var value) ? value.GetString() ?? "" : null;
    }

    /// <summary>As in a mounted file, one line break at the end is not part of the value.</summary>
    private string Decode(string base64)
    {
        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            throw Problem($"its key {plan.Key} is not in base64");
        }

        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var value = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        return value.Length > 0 ? value : throw Problem($"its key {plan.Key} is empty");
    }

    private string ReadUrl()
    {
        var (name, port) = (ReadVariable(HostVariable), ReadVariable(PortVariable));
        var url = name.Contains(':', StringComparison.Ordinal) && !name.StartsWith('[') ? $"https://[{name}]:{port}" : $"https://{name}:{port}";
        return StoreApi.ParseUrl(url) is { AbsolutePath: "/" } parsed ? parsed.AbsoluteUri.TrimEnd('/') : throw Problem($"{HostVariable} and {PortVariable} are no address and port");
    }

    private string ReadVariable(string variable) =>
        host.ReadVariable(variable) is { Length: > 0 } value ? value : throw Problem($"the environment variable {variable} is not set, as it is in each pod of a cluster");

    private async Task<X509Certificate2Collection> ReadRootsAsync(CancellationToken cancellation)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPem(await ReadFileAsync("ca.crt", cancellation).ConfigureAwait(false));
        }
        catch (CryptographicException)
        {
            roots.Clear();
        }

        return roots.Count > 0 ? roots : throw Problem($"the file {ServiceAccount}ca.crt holds no certificate");
    }

    private async Task<string> ReadFileAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return (await Task.Run(() => host.ReadFile(ServiceAccount + name), cancellation).ConfigureAwait(false)).Trim(); // The file system may be slow.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Problem($"the file {ServiceAccount}{name} of the pod's service account cannot be read ({e.GetType().Name})");
        }
    }

    private StartupException Problem(string why) => new($"The secret {plan.DisplayName} of line {plan.At.Line} cannot be read from the API of Kubernetes: {why}.");
}
