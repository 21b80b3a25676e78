using System.Text.Json;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Apis.Http;
using IronProxy.Pipeline;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>
/// What this machine is to Google Cloud, in the order of Application Default Credentials (https://cloud.google.com/docs/authentication/application-default-credentials): the
/// file that a variable names, that of gcloud, the metadata server. What is found is Google's library's to read and to exchange; it looks each time, and remembers no failure.
/// </summary>
/// <param name="readVariable">An environment variable, or null.</param>
/// <param name="readFile">A text file's content.</param>
internal sealed class GcpAccess(Func<string, string?> readVariable, Func<string, string> readFile) : IGcpAccess
{
    private const string NamedFile = "GOOGLE_APPLICATION_CREDENTIALS";

    /// <summary>How long it may take: on a machine without a metadata server nobody answers.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <inheritdoc />
    public async Task<MintedToken> MintTokenAsync(IReadOnlyCollection<string> scopes, HttpMessageInvoker http, CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(scopes, http, cancellation).WaitAsync(Limit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new MintingFailedException($"no credentials of Google Cloud were found within {Limit.TotalSeconds:0} seconds");
        }
        catch (TokenResponseException e)
        {
            var code = e.Error?.Error is { Length: > 0 and < 100 } error && error.All(c => char.IsAsciiLetterLower(c) || c == '_') ? $" ({error})" : "";
            throw new MintingFailedException($"Google refused the credentials of the machine{code}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new MintingFailedException($"nobody answered for the credentials of Google Cloud: set {NamedFile}, or give the machine a service account");
        }
#pragma warning disable CA1031 // The library stumbles in many ways over files and answers that are not as it expects, over null and over what is no header.
        catch (Exception e) when (e is not (MintingFailedException or OperationCanceledException))
#pragma warning restore CA1031
        {
            // Its own words are those of the file, or of an answer.
            throw new MintingFailedException("the credentials of Google Cloud that the machine has cannot be used");
        }
    }

    private async Task<MintedToken> AskAsync(IReadOnlyCollection<string> scopes, HttpMessageInvoker http, CancellationToken cancellation)
    {
        var credential = Find().CreateWithHttpClientFactory(new Way(http)).CreateScoped(scopes);
        var text = await ((ITokenAccess)credential).GetAccessTokenForRequestAsync(cancellationToken: cancellation).ConfigureAwait(false);
        if (text is not { Length: > 0 })
        {
            throw new MintingFailedException("Google answered without a token");
        }

        if (!text.All(c => c is > ' ' and <= '~'))
        {
            throw new MintingFailedException("Google answered with what is no token");
        }

        var token = credential.UnderlyingCredential switch
        {
            ServiceCredential service => service.Token,
            UserCredential user => user.Token,
            _ => null,
        };
        return new MintedToken(new SecretValue(text), token?.ExpiresInSeconds is { } seconds ? token.IssuedUtc.AddSeconds(seconds) - DateTime.UtcNow : null);
    }

    private GoogleCredential Find()
    {
        if (readVariable(NamedFile) is { Length: > 0 } path)
        {
            return Read(path) ?? throw new MintingFailedException($"the file that {NamedFile} names is not there");
        }

        var folder = readVariable("CLOUDSDK_CONFIG") is { Length: > 0 } config ? config
            : readVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".config", "gcloud")
            : null;
        return (folder is null ? null : Read(Path.Combine(folder, "application_default_credentials.json"))) ?? GoogleCredential.FromComputeCredential(new ComputeCredential());
    }

    private GoogleCredential? Read(string path)
    {
        string text;
        try
        {
            text = readFile(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MintingFailedException("the file with the credentials of Google Cloud cannot be read");
        }

        using var json = JsonDocument.Parse(text);
        return CredentialFactory.FromJson(text, json.RootElement.GetProperty("type").GetString());
    }

    /// <summary>Leads the library's requests where all goes that the operator has named.</summary>
    private sealed class Way(HttpMessageInvoker http) : HttpClientFactory
    {
        protected override HttpMessageHandler CreateHandler(CreateHttpClientArgs args) => new Passage(http);
    }

    private sealed class Passage(HttpMessageInvoker http) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => http.SendAsync(request, cancellationToken);
    }
}
