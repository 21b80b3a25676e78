using System.Diagnostics.CodeAnalysis;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>An object in S3, written <c>s3://bucket/key</c>.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Key">Key of the object, as it is.</param>
internal sealed record S3Location(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    /// <summary>Whether a file is in S3. Everything else is a path.</summary>
    /// <exception cref="StartupException">It says so, and names no object.</exception>
    public static bool TryParse(string file, [NotNullWhen(true)] out S3Location? location)
    {
        location = null;
        if (!file.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var name = file[Scheme.Length..];
        location = name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash + 1 < name.Length
            ? new S3Location(name[..slash], name[(slash + 1)..])
            : throw new StartupException($"'{file}' does not name an object: s3://BUCKET/KEY is expected.");
        return true;
    }

    /// <inheritdoc />
    public override string ToString() => $"{Scheme}{Bucket}/{Key}";
}
