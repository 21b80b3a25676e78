using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace IronProxy.Testing.Namespaces;

/// <summary>
/// A network of its own: interfaces, addresses, routes, firewall rules and listeners in it exist nowhere else, so that tests
/// run side by side and nothing that they send leaves the machine. Its name is unique, and it is removed with everything in it.
/// Check <see cref="NamespaceTools.WhyNot"/> first.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private const int CloneNewNet = 0x40000000;

    private NetworkNamespace(string name) => Name = name;

    /// <summary>Its name, as <c>ip netns</c> has it.</summary>
    public string Name { get; }

    private string File => $"/run/netns/{Name}";

    /// <summary>Makes one, with its loopback up.</summary>
    /// <param name="role">A few letters for people who look at <c>ip netns</c>.</param>
    public static async Task<NetworkNamespace> CreateAsync(string role)
    {
        var network = new NetworkNamespace($"iron-{role}-{Guid.NewGuid():N}"[..(role.Length + 14)]);
        await NamespaceTools.RunAsync("ip", ["netns", "add", network.Name]);
        await network.IpAsync("link set lo up");
        return network;
    }

    /// <summary>
    /// Lays a cable to another namespace. Addresses are in the form <c>198.51.100.2/24</c> or <c>2001:db8::2/64</c> and can be
    /// used at once. The ends are called <c>eth0</c>, or as the caller says.
    /// </summary>
    public async Task ConnectAsync(NetworkNamespace other, IEnumerable<string> addresses, IEnumerable<string> otherAddresses, string device = "eth0", string otherDevice = "eth0")
    {
        await NamespaceTools.RunAsync("ip", ["link", "add", device, "netns", Name, "type", "veth", "peer", "name", otherDevice, "netns", other.Name]);
        await EndAsync(this, device, addresses);
        await EndAsync(other, otherDevice, otherAddresses);

        static async Task EndAsync(NetworkNamespace end, string device, IEnumerable<string> addresses)
        {
            await end.IpAsync($"link set {device} up");
            foreach (var address in addresses)
            {
                await end.AddAddressAsync(address, device);
            }
        }
    }

    /// <summary>Adds an address, by default to loopback: it answers there, whatever interface packets come in by.</summary>
    public Task AddAddressAsync(string address, string device = "lo") =>
        IpAsync($"addr add {address} dev {device}{(address.Contains(':', StringComparison.Ordinal) ? " nodad" : "")}");

    /// <summary>Sends everything that has no other way through a gateway of its own family.</summary>
    public Task AddDefaultRouteAsync(string gateway) =>
        IpAsync($"{(gateway.Contains(':', StringComparison.Ordinal) ? "-6 " : "")}route add default via {gateway}");

    /// <summary>Runs an <c>ip</c> command in it, words separated by spaces.</summary>
    public Task IpAsync(string command) => NamespaceTools.RunAsync("ip", ["-n", Name, .. command.Split(' ')]);

    /// <summary>Loads nftables rules, in the language of <c>nft -f</c>.</summary>
    public Task ApplyRulesAsync(string rules) => RunAsync("nft", ["-f", "-"], rules);

    /// <summary>Runs a tool in it, as root.</summary>
    public Task<string> RunAsync(string tool, IEnumerable<string> arguments, string input = "") =>
        NamespaceTools.RunAsync("nsenter", [$"--net={File}", NamespaceTools.Path(tool) ?? tool, .. arguments], input);

    /// <summary>
    /// The command line that runs another one in it as a user, by name or number, without groups or capabilities; as root with all
    /// that root has.
    /// </summary>
    public IReadOnlyList<string> CommandOf(string user, params IEnumerable<string> command)
    {
        string[] become = user is "root" or "0" ? [] : [NamespaceTools.Path("setpriv")!, "--reuid", user, "--regid", GroupOf(user), "--clear-groups", "--inh-caps=-all"];
        return [NamespaceTools.Path("nsenter")!, $"--net={File}", .. become, .. command];
    }

    /// <summary>The group of a user, by number. One without a name has the group of the same number.</summary>
    private static string GroupOf(string user) =>
        System.IO.File.ReadLines("/etc/passwd").Select(l => l.Split(':')).FirstOrDefault(f => f[0] == user)?[3] ?? user;

    /// <summary>Listens on TCP in it. The socket can be used from any thread: it belongs to the namespace that it was opened in.</summary>
    public Socket Listen(IPEndPoint endpoint) => Inside(() =>
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(endpoint);
        socket.Listen(64);
        return socket;
    });

    /// <summary>Opens a UDP socket in it.</summary>
    public Socket BindUdp(IPEndPoint endpoint) => Inside(() =>
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(endpoint);
        return socket;
    });

    /// <summary>Runs code on a thread that is in it. Sockets that it opens stay there; the thread ends.</summary>
    public T Inside<T>(Func<T> code)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = System.IO.File.OpenHandle(File);
                if (SetNamespace(handle.DangerousGetHandle().ToInt32(), CloneNewNet) != 0)
                {
                    throw new InvalidOperationException($"setns: error {Marshal.GetLastPInvokeError()}");
                }

                result = code();
            }
#pragma warning disable CA1031 // Whatever it is, it goes to the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    /// <summary>Ends the processes that are still in it, and removes it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var id in (await NamespaceTools.RunAsync("ip", ["netns", "pids", Name])).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended meanwhile.
            }
        }

        await NamespaceTools.RunAsync("ip", ["netns", "del", Name]);
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(int file, int type);
}
