using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.SecurityToken;
using IronProxy.Pipeline;
using IronProxy.Pipeline.Transforms;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>What the SDK of AWS knows of this machine: its credentials, and how they sign.</summary>
internal sealed class AwsAccess : IAwsAccess
{
    /// <summary>How long the SDK may look for credentials: on a machine without a role it asks an address that nobody answers.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <inheritdoc />
    public Uri EndpointOf(string service, string region)
    {
        var fips = new AmazonSecurityTokenServiceConfig().UseFIPSEndpoint ? "-fips" : "";
        return new Uri($"https://{service}{fips}.{region}.{RegionEndpoint.GetBySystemName(region).PartitionDnsSuffix}/");
    }

    /// <inheritdoc />
    public async Task<AwsKeys> FindKeysAsync(string? region, CancellationToken cancellation)
    {
        var config = new AmazonSecurityTokenServiceConfig();
        if (region is not null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        var found = await FindAsync(config, cancellation).ConfigureAwait(false);
        return new AwsKeys(new SecretValue(found.AccessKey), new SecretValue(found.SecretKey), found.UseToken ? new SecretValue(found.Token) : null);
    }

    /// <inheritdoc />
    public async Task SignAsync(HttpRequestMessage request, byte[] body, string service, string region, CancellationToken cancellation)
    {
        var config = new AmazonSecurityTokenServiceConfig { AuthenticationRegion = region, AuthenticationServiceName = service };
        var credentials = await FindAsync(config, cancellation).ConfigureAwait(false);
        var signed = new DefaultRequest(new UntypedRequest(), service)
        {
            HttpMethod = request.Method.Method,
            Endpoint = request.RequestUri!, // Whoever signs one has said where it goes.
            Content = body,
            AuthenticationRegion = region,
            OverrideSigningServiceName = service,
        };
        foreach (var (name, values) in request.Headers.Concat(request.Content!.Headers)) // It has a body.
        {
            signed.Headers[name] = string.Join(',', values);
        }

        if (credentials.UseToken)
        {
            signed.Headers["X-Amz-Security-Token"] = credentials.Token;
        }

        var signature = new AWS4Signer().SignRequest(signed, config, null, credentials.AccessKey, credentials.SecretKey);
        foreach (var name in new[] { "X-Amz-Date", "X-Amz-Content-SHA256", "X-Amz-Security-Token" })
        {
            if (signed.Headers.TryGetValue(name, out var value))
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
    }

    private static async Task<ImmutableCredentials> FindAsync(AmazonSecurityTokenServiceConfig config, CancellationToken cancellation)
    {
        try
        {
            // Parts of it block a thread.
            return await Task.Run(ResolveAsync, cancellation).WaitAsync(Limit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new AwsCredentialsException($"no credentials of AWS were found within {Limit.TotalSeconds:0} seconds");
        }
        catch (AmazonServiceException e) when (e.ErrorCode is { Length: > 0 } code && code.All(char.IsAsciiLetterOrDigit))
        {
            throw new AwsCredentialsException($"the credentials of AWS cannot be had ({code})");
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or ArgumentException or InvalidOperationException)
        {
            // The SDK's own words are those of each place that it has looked at.
            throw new AwsCredentialsException("no credentials of AWS were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role");
        }

        async Task<ImmutableCredentials> ResolveAsync()
        {
            var found = await Chain.Credentials.ResolveIdentityAsync(config, cancellation).ConfigureAwait(false);
            return await found.GetCredentialsAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Made when it is first needed: most policies ask nothing of AWS, and the SDK is large.</summary>
    private static class Chain
    {
        public static readonly DefaultAWSCredentialsIdentityResolver Credentials = new();
    }

    /// <summary>A request whose headers and body are written already.</summary>
    private sealed class UntypedRequest : AmazonWebServiceRequest;
}
