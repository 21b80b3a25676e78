using System.Reflection;
using System.Runtime.InteropServices;
using IronProxy.Plan;
using IronProxy.Plan.Serialization;
using IronProxy.Runtime;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Limits;

namespace IronProxy.Gateway;

/// <summary>Wires the runtime to the process: command line, files, environment, signals and exit status.</summary>
internal static class GatewayProgram
{
    private const int Stopped = 0;
    private const int Failed = 1;
    private const int Usage = 2;
    private const int InternalError = 70;

    public static Task<int> RunAsync(string[] args) => args is ["init", ..] ? InitAsync(args[1..]) : RunProxyAsync(args);

    private static async Task<int> InitAsync(string[] args)
    {
        var (options, error) = InitOptions.Parse(args);
        if (options is null)
        {
            ProcessOutput.Say($"{error}. See 'iron-proxy init -help'.");
            return Usage;
        }

        if (options.ShowHelp)
        {
            return ProcessOutput.TryAnswer(InitOptions.Help) ? Stopped : Failed;
        }

        try
        {
            return await HostInstaller.RunAsync(options).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StartupException or IOException or UnauthorizedAccessException)
        {
            ProcessOutput.Say(e.Message);
            return Failed;
        }
    }

    private static async Task<int> RunProxyAsync(string[] args)
    {
        var (options, error) = GatewayOptions.Parse(args);
        if (options is null)
        {
            ProcessOutput.Say($"{error}. See 'iron-proxy -help'.");
            return Usage;
        }

        if (options.ShowHelp || options.ShowVersion)
        {
            return ProcessOutput.TryAnswer(options.ShowHelp ? GatewayOptions.Help : $"iron-proxy {Version}") ? Stopped : Failed;
        }

        if (!ProcessOutput.StandardError.WasInherited)
        {
            ProcessOutput.Say("Standard error, where every request is recorded, is closed. Nothing was started.");
            return Failed;
        }

        try
        {
            var bytes = await ReadPlanAsync(options).ConfigureAwait(false);
            if (options.Plan is { } named && IsNoJson(bytes))
            {
                throw new StartupException($"{named} is no plan. Did you mean -config {named}?");
            }

            var plan = PlanSerializer.Read(bytes);
            return await ServeAsync(plan, options.Transparent).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StartupException or PlanException)
        {
            ProcessOutput.Say(e.Message);
            return Failed;
        }
#pragma warning disable CA1031 // The last resort: one line and a status of its own.
        catch (Exception e)
#pragma warning restore CA1031
        {
            ProcessOutput.Say($"internal error: {e}");
            return InternalError;
        }
    }

    private static string Version =>
        typeof(GatewayProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion; // Always written by the build.

    private static async Task<byte[]> ReadPlanAsync(GatewayOptions options)
    {
        if (options.Config is { } config)
        {
            return S3Location.TryParse(config, out var remote)
                ? await ConfigCompiler.CompileTextAsync(config, await S3Reader.ReadAsync(remote, Environment.GetEnvironmentVariable).ConfigureAwait(false)).ConfigureAwait(false)
                : await ConfigCompiler.CompileFileAsync(config).ConfigureAwait(false);
        }

        if (S3Location.TryParse(options.Plan!, out var location)) // Parse asks for one of the two.
        {
            return await S3Reader.ReadAsync(location, Environment.GetEnvironmentVariable).ConfigureAwait(false);
        }

        try
        {
            return await File.ReadAllBytesAsync(options.Plan!).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The plan {options.Plan} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Whether the first byte says that this is something else than JSON, such as a proxy.yaml. A byte order mark says neither.</summary>
    private static bool IsNoJson(ReadOnlySpan<byte> bytes) => bytes.TrimStart(" \t\r\n"u8) is [not ((byte)'{' or 0xEF), ..];

    private static async Task<int> ServeAsync(ProxyPlan plan, bool transparent)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        var host = new HostAccess(Environment.GetEnvironmentVariable, File.ReadAllText, OpenFileLimit.Parse(await File.ReadAllTextAsync("/proc/self/limits").ConfigureAwait(false)));
        var server = await ProxyServer.CreateAsync(plan, host, ProcessOutput.StandardError, TimeProvider.System, transparent).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            await server.StartAsync(stop.Token).ConfigureAwait(false);
            if (await server.RunUntilStoppedAsync(stop.Token).ConfigureAwait(false) is not { } loss)
            {
                return Stopped;
            }

            ProcessOutput.Say(loss);
            return Failed;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
