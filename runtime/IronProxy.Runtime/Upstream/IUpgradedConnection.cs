using System.Net;

namespace IronProxy.Runtime.Upstream;

/// <summary>An upstream's side of what was upgraded: bytes both ways, and no HTTP any more.</summary>
internal interface IUpgradedConnection
{
    /// <summary>The address that it was made to; null when a proxy made it.</summary>
    IPAddress? Address { get; }

    /// <summary>Where bytes are written to the upstream, and flushed.</summary>
    Stream Output { get; }

    /// <summary>Waits until there is something to take, without memory for it.</summary>
    ValueTask WaitAsync();

    /// <summary>Takes what there is.</summary>
    /// <returns>How many bytes; 0 when the upstream has ended.</returns>
    ValueTask<int> TakeAsync(Memory<byte> destination);

    /// <summary>Says that nothing more will be written.</summary>
    ValueTask EndOutputAsync();

    /// <summary>Closes it at once.</summary>
    void Close();
}
