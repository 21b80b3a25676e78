using IronProxy.Pipeline.Transforms;

namespace IronProxy.Runtime;

/// <summary>What the machine is to AWS. The executable hands it in, so that the SDK of AWS is its matter.</summary>
public interface IAwsAccess
{
    /// <summary>Where a service of a region is, when nobody says otherwise.</summary>
    /// <param name="service">The service, as its host names begin.</param>
    /// <param name="region">The region.</param>
    Uri EndpointOf(string service, string region);

    /// <summary>The credentials that the SDK finds: variables, a profile, a role of the container or the instance. It renews them before they end.</summary>
    /// <param name="region">The region of what is asked for them; null leaves it to the environment.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="AwsCredentialsException">There are none, or they cannot be had.</exception>
    Task<AwsKeys> FindKeysAsync(string? region, CancellationToken cancellation);

    /// <summary>Signs a request (Signature Version 4) with the credentials that the SDK finds: variables, a profile, a role of the container or the instance.</summary>
    /// <param name="request">The request, with all its headers. Those of the signature are added.</param>
    /// <param name="body">Its body.</param>
    /// <param name="service">The service, as signatures name it.</param>
    /// <param name="region">The region.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="AwsCredentialsException">There are none, or they cannot be had.</exception>
    Task SignAsync(HttpRequestMessage request, byte[] body, string service, string region, CancellationToken cancellation);
}
