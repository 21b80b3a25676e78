using System.Threading.Channels;
using IronProxy.Runtime.Hosting;

namespace IronProxy.Gateway;

/// <summary>
/// Reloads that signals and the watch ask for. One that waits is enough: it reads what is there when its turn comes, whoever else asks meanwhile.
/// </summary>
internal sealed class ReloadQueue
{
    private readonly Channel<string> _triggers = Channel.CreateBounded<string>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Asks for a reload.</summary>
    /// <param name="trigger">What asks, for the log.</param>
    public void Ask(string trigger) => _triggers.Writer.TryWrite(trigger);

    /// <summary>Reloads whenever it is asked to, until it is stopped.</summary>
    public async Task RunAsync(ProxyServer server, CancellationToken stop)
    {
        await foreach (var trigger in _triggers.Reader.ReadAllAsync(stop).ConfigureAwait(false))
        {
            await server.ReloadAsync(trigger, stop).ConfigureAwait(false);
        }
    }
}
