namespace IronProxy.Pipeline.Transforms;

/// <summary>Credentials whose parts are read one by one. While none of them changes they stay the same object.</summary>
/// <param name="id">The access key's id.</param>
/// <param name="secret">The key.</param>
/// <param name="token">The session token; null when there is none.</param>
internal sealed class ConfiguredAwsKeys(ILive<SecretValue> id, ILive<SecretValue> secret, ILive<SecretValue>? token) : ILive<AwsKeys>
{
    private AwsKeys? _newest;

    /// <inheritdoc />
    public async ValueTask<AwsKeys> GetAsync(CancellationToken cancellation)
    {
        var keys = new AwsKeys(
            await ReadAsync(AwsKeys.Id, id, cancellation).ConfigureAwait(false),
            await ReadAsync(AwsKeys.Secret, secret, cancellation).ConfigureAwait(false),
            token is null ? null : await ReadAsync(AwsKeys.Token, token, cancellation).ConfigureAwait(false));
        var newest = Volatile.Read(ref _newest);
        if (newest is not null && ReferenceEquals(newest.AccessKeyId, keys.AccessKeyId) && ReferenceEquals(newest.SecretAccessKey, keys.SecretAccessKey) && ReferenceEquals(newest.SessionToken, keys.SessionToken))
        {
            return newest;
        }

        Volatile.Write(ref _newest, keys);
        return keys;
    }

    private static async ValueTask<SecretValue> ReadAsync(string name, ILive<SecretValue> live, CancellationToken cancellation)
    {
        try
        {
            return await live.GetAsync(cancellation).ConfigureAwait(false);
        }
        catch (SecretUnavailableException e)
        {
            throw new SecretUnavailableException(e.Message, e) { Key = name };
        }
    }
}
