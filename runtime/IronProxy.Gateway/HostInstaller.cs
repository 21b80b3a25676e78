using System.ComponentModel;
using System.Diagnostics;
using IronProxy.Runtime;

namespace IronProxy.Gateway;

/// <summary>
/// <c>iron-proxy init</c>: writes a policy, lets the ironc that ships beside this program generate the deployment of it, and runs
/// what was generated. It installs nothing by itself, so that what it does can be read before and repeated after.
/// </summary>
internal static class HostInstaller
{
    private const string ConfigFolder = "/etc/iron-proxy";

    /// <returns>The exit status of what was run.</returns>
    /// <exception cref="StartupException">It cannot be done here.</exception>
    public static async Task<int> RunAsync(InitOptions options)
    {
        var installs = options.Prefix.Length == 0;
        if (installs && !Environment.IsPrivilegedProcess)
        {
            throw new StartupException("init changes this host, so only root can run it; '-prefix DIR' shows what it would write.");
        }

        var folder = installs ? ConfigFolder : Path.GetFullPath(options.Prefix) + ConfigFolder;
        var policy = Path.Combine(folder, "proxy.yaml");
        var deployment = Path.Combine(folder, "deployment");
        if (File.Exists(policy))
        {
            throw new StartupException($"{policy} exists and is not overwritten: change it, then run {deployment}/install.sh again.");
        }

        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(policy, Policy(options.Allow)).ConfigureAwait(false);
        var generated = 1;
        try
        {
            generated = await ExecuteAsync(
                Path.Combine(AppContext.BaseDirectory, "ironc"),
                "deploy", "--target", "baremetal", policy, "--output", deployment,
                "--set", "policy=config", "--set", "log=file", "--set", "workload_users=" + options.User, "--set", "firewall=" + options.Firewall).ConfigureAwait(false);
        }
        finally
        {
            if (generated != 0)
            {
                // The next attempt begins anew.
                File.Delete(policy);
            }
        }

        if (generated != 0)
        {
            return generated;
        }

        // A failed installation leaves the policy, with which install.sh can be run again.
        string[] below = installs ? [] : ["--root", Path.GetFullPath(options.Prefix)];
        return await ExecuteAsync(Path.Combine(deployment, "install.sh"), ["--bin", AppContext.BaseDirectory, .. below]).ConfigureAwait(false);
    }

    private static string Policy(IReadOnlyList<string> allow) => $$"""
        # Made by 'iron-proxy init'. After a change: systemctl restart iron-proxy
        dns:
          listen: ":8053" # the firewall leads the workload's port 53 here
          proxy_ip: "127.0.0.1"

        proxy:
          http_listen: ":8080"
          https_listen: ":8443"
          tunnel_listen: ":1080"

        tls:
          ca_cert: "/etc/iron-proxy/ca.crt"
          ca_key: "/etc/iron-proxy/ca.key"

        metrics:
          listen: "127.0.0.1:9090"

        transforms:
          - name: allowlist
            config:
              domains:
        {{string.Join('\n', allow.Select(host => $"        - \"{host}\""))}}

        log:
          level: info

        """;

    private static async Task<int> ExecuteAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments))
                ?? throw new StartupException($"{program} could not be started.");
            await process.WaitForExitAsync().ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new StartupException($"{program} cannot be started: {e.Message}", e);
        }
    }
}
