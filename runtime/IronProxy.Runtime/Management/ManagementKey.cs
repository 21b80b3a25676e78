using System.Security.Cryptography;
using System.Text;
using IronProxy.Plan;
using Microsoft.Extensions.Primitives;

namespace IronProxy.Runtime.Management;

/// <summary>
/// The key that clients of the management API present. Hashes are compared, in a time that depends neither on how much of a key was guessed nor on its
/// length.
/// </summary>
internal sealed class ManagementKey
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash;

    private ManagementKey(string value) => _hash = Hash(value);

    /// <summary>Reads the key from where a plan says.</summary>
    /// <exception cref="StartupException">There is none that a client could present; the message never holds it.</exception>
    public static ManagementKey Read(ManagementPlan plan, HostAccess host)
    {
        if (host.ReadVariable(plan.ApiKeyEnv) is not { Length: > 0 } value)
        {
            throw new StartupException($"The key of the management API of line {plan.At.Line} is missing: the environment variable {plan.ApiKeyEnv} is not set.");
        }

        return value.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new StartupException(
                $"The key of the management API of line {plan.At.Line} cannot be presented: {plan.ApiKeyEnv} has white space (a line break at its end?), control characters or what is beyond ASCII.")
            : new ManagementKey(value);
    }

    /// <summary>Whether the Authorization header of a request has the key.</summary>
    public bool IsIn(StringValues authorization) =>
        authorization is [{ } line] // Two could be read by two readers in two ways.
        && line.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Hash(line[Scheme.Length..].Trim(' ')), _hash);

    private static byte[] Hash(string value) => SHA256.HashData(Encoding.UTF8.GetBytes(value));
}
