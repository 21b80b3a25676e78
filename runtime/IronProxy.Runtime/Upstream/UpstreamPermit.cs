using System.Net;

namespace IronProxy.Runtime.Upstream;

/// <summary>The right to one connection; given back once, however often it is disposed.</summary>
/// <param name="release">Gives it back.</param>
internal sealed class UpstreamPermit(Action release) : IDisposable
{
    private Action? _release = release;

    /// <summary>The address of the upstream that the connection leads to; null before, and when only a proxy on the way knows it.</summary>
    public IPAddress? Address { get; set; }

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}
