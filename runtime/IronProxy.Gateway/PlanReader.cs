using System.Security.Cryptography;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;
using IronProxy.Runtime;
using IronProxy.Runtime.Management;

namespace IronProxy.Gateway;

/// <summary>Reads the policy that the command line names: at the start, and again at each reload.</summary>
/// <param name="options">The command line, with one of -config and -plan.</param>
internal sealed class PlanReader(GatewayOptions options)
{
    /// <summary>How long a file may take. One on a file system that hangs would hold up all later reloads.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What was named.</summary>
    public string Name => options.Config ?? options.Plan!; // Parse asks for one of the two.

    /// <summary>Reads it for the start.</summary>
    /// <exception cref="StartupException">It cannot be read or compiled.</exception>
    /// <exception cref="PlanException">It is no plan that can be run.</exception>
    public async Task<ProxyPlan> ReadAsync() => (await ReadAsync(isReload: false, CancellationToken.None).ConfigureAwait(false)).Plan;

    /// <summary>Reads it again. What the compiler finds is in the result or in the exception then, and not on standard error.</summary>
    /// <exception cref="StartupException">It cannot be read or compiled.</exception>
    /// <exception cref="PlanException">It is no plan that can be run.</exception>
    public Task<ReadPolicy> ReadAgainAsync(CancellationToken cancellation) => ReadAsync(isReload: true, cancellation);

    private async Task<ReadPolicy> ReadAsync(bool isReload, CancellationToken cancellation)
    {
        var (bytes, warnings) = await ReadBytesAsync(isReload, cancellation).ConfigureAwait(false);
        if (options.Plan is { } named && IsNoJson(bytes))
        {
            throw new StartupException($"{named} is no plan. Did you mean -config {named}?");
        }

        if (options.PlanHash is { } expected && Convert.ToHexStringLower(SHA256.HashData(bytes)) is var hash && hash != expected)
        {
            throw new StartupException($"{options.Plan} is not the plan that -plan-hash names: its bytes have the SHA-256 {hash}, and {expected} is asked for.");
        }

        return new ReadPolicy(PlanSerializer.Read(bytes), warnings);
    }

    private async Task<PolicyBytes> ReadBytesAsync(bool isReload, CancellationToken cancellation)
    {
        if (options.Config is { } config)
        {
            var compiler = new ConfigCompiler(isReload);
            return S3Location.TryParse(config, out var remote)
                ? await compiler.CompileTextAsync(config, await S3Reader.ReadAsync(remote, Environment.GetEnvironmentVariable).WaitAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false)
                : await compiler.CompileFileAsync(config, cancellation).ConfigureAwait(false);
        }

        if (S3Location.TryParse(Name, out var location))
        {
            return new PolicyBytes(await S3Reader.ReadAsync(location, Environment.GetEnvironmentVariable).WaitAsync(cancellation).ConfigureAwait(false));
        }

        try
        {
            return new PolicyBytes(await Task.Run(() => File.ReadAllBytes(Name), cancellation).WaitAsync(Limit, cancellation).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The plan {Name} cannot be read: {e.Message}", e);
        }
        catch (TimeoutException e)
        {
            throw new StartupException($"The plan {Name} was not read within {Limit.TotalSeconds:0} seconds.", e);
        }
    }

    /// <summary>Whether the first byte says that this is something else than JSON, such as a proxy.yaml. A byte order mark says neither.</summary>
    private static bool IsNoJson(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8) is [not ((byte)'{' or 0xEF), ..];
}
