using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>Reads a policy from S3, before anything listens.</summary>
internal static class S3Reader
{
    private const int MaxBytes = 256 * 1024 * 1024;
    private const int MaxRetries = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    /// <summary>The bytes of an object.</summary>
    /// <exception cref="StartupException">It cannot be read; the message says why and what to do.</exception>
    public static async Task<byte[]> ReadAsync(S3Location location, Func<string, string?> environment)
    {
        // Asked for here: the SDK would look into profiles and ask the instance, and its error names none of the ways to say it.
        var region = FirstOf(environment, "AWS_REGION", "AWS_DEFAULT_REGION")
            ?? throw new StartupException($"{location} needs a region: set AWS_REGION to the region of the bucket.");
        var config = new AmazonS3Config
        {
            RegionEndpoint = RegionEndpoint.GetBySystemName(region),
            ConnectTimeout = ConnectLimit,
            Timeout = Limit,
            MaxErrorRetry = MaxRetries,

            // Servers that are not Amazon's seldom have a name for each bucket.
            ForcePathStyle = FirstOf(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") is not null,
        };
        using var deadline = new CancellationTokenSource(Limit);
        try
        {
            using var client = new AmazonS3Client(config);
            using var answer = await client.GetObjectAsync(new GetObjectRequest { BucketName = location.Bucket, Key = location.Key }, deadline.Token).ConfigureAwait(false);
            return await ReadBoundedAsync(answer.ResponseStream, location, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new StartupException($"{location} could not be read within {Limit.TotalSeconds:0} seconds.", e);
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or WebException or IOException)
        {
            throw new StartupException($"{location} cannot be read (region {region}): {Why(e)}", e);
        }
    }

    private static async Task<byte[]> ReadBoundedAsync(Stream stream, S3Location location, CancellationToken stop)
    {
        using var content = new MemoryStream();
        var buffer = new byte[81920];
        for (int read; (read = await stream.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > MaxBytes)
            {
                throw new StartupException($"{location} is larger than {MaxBytes / (1024 * 1024)} MiB.");
            }
        }

        return content.ToArray();
    }

    private static string Why(Exception e) => e switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => "there is no such bucket",
        AmazonS3Exception { ErrorCode: "NoSuchKey" } => "there is no such object",
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } denied => $"access denied ({denied.ErrorCode}); the credentials need s3:GetObject for it",
        AmazonS3Exception { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect or HttpStatusCode.BadRequest } moved => $"{moved.ErrorCode}: {moved.Message}",
        _ => e.GetBaseException().Message,
    };

    private static string? FirstOf(Func<string, string?> environment, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (environment(name) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return null;
    }
}
