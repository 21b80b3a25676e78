using IronProxy.Pipeline;

namespace IronProxy.Runtime;

/// <summary>What the machine is to Google Cloud. The executable hands it in, so that Google's library is its matter.</summary>
public interface IGcpAccess
{
    /// <summary>An access token of the credentials that Google's libraries find on a machine (Application Default Credentials): those of a file, or of the metadata server.</summary>
    /// <param name="scopes">What it is for.</param>
    /// <param name="http">The way to what is asked.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MintingFailedException">There are no credentials, or they are worth no token.</exception>
    Task<MintedToken> MintTokenAsync(IReadOnlyCollection<string> scopes, HttpMessageInvoker http, CancellationToken cancellation);
}
