using System.Reflection;
using System.Runtime.InteropServices;
using IronProxy.Pipeline.Logs;
using IronProxy.Plan;
using IronProxy.Runtime;
using IronProxy.Runtime.Hosting;
using IronProxy.Runtime.Limits;
using IronProxy.Runtime.Management;

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

        using var memory = NativeMemory.Bound();

        if (!ProcessOutput.StandardError.WasInherited)
        {
            ProcessOutput.Say("Standard error, where every request is recorded, is closed. Nothing was started.");
            return Failed;
        }

        try
        {
            return await ServeAsync(options).ConfigureAwait(false);
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

    private static async Task<int> ServeAsync(GatewayOptions options)
    {
        var reader = new PlanReader(options);
        var watch = options.Watch ? new FileWatch(reader.Name, TimeProvider.System) : null; // Before it is read: no change is missed.
        var reloads = new ReloadQueue();
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reloads.Ask("SIGHUP");
        });
        var plan = await reader.ReadAsync().ConfigureAwait(false);

        using var manager = new ServiceNotifier(Environment.GetEnvironmentVariable, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        using var atOnce = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        var source = new PolicySource(options.Config is null ? "-plan" : "-config", reader.Name, reader.ReadAgainAsync)
        {
            ReloadBegins = manager.Reloading,
            ReloadEnded = result => manager.Ready(StatusOf(result)),
        };
        using var tooLarge = PosixSignalRegistration.Create(StateFiles.FileTooLarge, context => context.Cancel = true);
        var host = new HostAccess(Environment.GetEnvironmentVariable, File.ReadAllText, OpenFileLimit.Parse(await File.ReadAllTextAsync("/proc/self/limits").ConfigureAwait(false)))
        {
            Aws = new AwsAccess(),
            Gcp = new GcpAccess(Environment.GetEnvironmentVariable, File.ReadAllText),
            Commands = new HostCommands(),
            StateFiles = new StateFiles(),
            OutputHasColor = ProcessOutput.StandardError.IsTerminal && TerminalText.WantsColor(Environment.GetEnvironmentVariable),
        };
        var server = await ProxyServer.CreateAsync(plan, host, ProcessOutput.StandardError, TimeProvider.System, options.Transparent, source).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            try
            {
                await server.StartAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return Stopped;
            }

            manager.Ready($"Runs {plan.PolicyHash}");
            var loss = await RunAsync(server, reloads, watch, stop.Token, atOnce.Token).ConfigureAwait(false);
            if (loss is null)
            {
                return Stopped;
            }

            ProcessOutput.Say(loss);
            return Failed;
        }

        void Stop(PosixSignalContext context)
        {
            // A third one ends the process as the system does.
            context.Cancel = !atOnce.IsCancellationRequested;
            if (stop.IsCancellationRequested)
            {
                atOnce.Cancel();
            }
            else
            {
                manager.Stopping();
                stop.Cancel();
            }
        }
    }

    /// <summary>Serves, and reloads when it is asked to. Reloads end before the server does.</summary>
    private static async Task<string?> RunAsync(ProxyServer server, ReloadQueue reloads, FileWatch? watch, CancellationToken stop, CancellationToken atOnce)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reloading = reloads.RunAsync(server, ended.Token);
        var watching = watch?.RunAsync(() => reloads.Ask("-watch"), ended.Token) ?? Task.Delay(Timeout.Infinite, ended.Token);
        var serving = server.RunUntilStoppedAsync(stop, atOnce);
        var first = await Task.WhenAny(serving, reloading, watching).ConfigureAwait(false);
        if (first.IsFaulted)
        {
            await first.ConfigureAwait(false); // A fault of ours, which must not be left unsaid until the end.
        }

        var loss = await serving.ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(reloading, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // They end by being cancelled.
        return loss;
    }

    private static string StatusOf(ReloadResult result) =>
        result.Error is { } error ? $"Runs {result.After.PlanHash}; the last reload was refused: {error}" : $"Runs {result.After.PlanHash}";
}
