using System.Net;
using System.Text.Json;

namespace IronProxy.Runtime.Secrets;

/// <summary>A store whose API speaks JSON, as one source sees it. No error repeats what it answered, or what a variable holds.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="host">What may be read of the machine.</param>
/// <param name="store">The way to it.</param>
/// <param name="problem">Makes an error of why the secret cannot be read.</param>
internal sealed class StoreApi(string name, HostAccess host, StoreHttp store, Func<string, StartupException> problem)
{
    /// <summary>What is said of an answer that the API does not have.</summary>
    public string NotTheApi => $"what it answered is not the API of {name}";

    /// <summary>Sends a request, and reads the JSON that is answered with 200.</summary>
    /// <param name="request">The request.</param>
    /// <param name="describe">Says what any other status means.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartupException">There is no such answer.</exception>
    public async Task<JsonDocument> AskAsync(HttpRequestMessage request, Func<HttpStatusCode, string> describe, CancellationToken cancellation)
    {
        var answer = await store.SendAsync(request, problem, cancellation).ConfigureAwait(false);
        if (answer.Status != HttpStatusCode.OK)
        {
            throw problem(describe(answer.Status));
        }

        try
        {
            return JsonDocument.Parse(answer.Body);
        }
        catch (JsonException)
        {
            throw problem(NotTheApi); // The parser quotes what it does not understand.
        }
    }

    /// <summary>Reads an answer. What has other types than the API says, or half a character, ends here.</summary>
    /// <exception cref="StartupException">It has.</exception>
    public T Understand<T>(JsonElement root, Func<JsonElement, T> read)
    {
        try
        {
            return read(root);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
        {
            throw problem(NotTheApi);
        }
    }

    /// <summary>The URL of the server, without a slash at its end.</summary>
    /// <exception cref="StartupException">The variable holds none.</exception>
    public string ReadUrl(string variable, string example) =>
        ParseUrl(Read(variable, "the server's URL")) is { } url
            ? url.AbsoluteUri.TrimEnd('/')
            : throw problem($"the environment variable {variable} does not hold a URL such as {example}");

    /// <summary>A credential, which goes into a header.</summary>
    /// <exception cref="StartupException">The variable holds none.</exception>
    public string ReadCredential(string variable, string what)
    {
        var value = Read(variable, what);
        return IsCredential(value) ? value : throw problem($"the environment variable {variable} holds what is no token: a blank, a line break or a character beyond ASCII");
    }

    /// <summary>The URL of a server, which others are put behind; null when the text is none.</summary>
    public static Uri? ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" } ? url : null;

    /// <summary>Whether text can be a credential.</summary>
    public static bool IsCredential(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');

    private string Read(string variable, string what) =>
        host.ReadVariable(variable) is { Length: > 0 } value ? value : throw problem($"the environment variable {variable}, with {what}, is not set");
}
