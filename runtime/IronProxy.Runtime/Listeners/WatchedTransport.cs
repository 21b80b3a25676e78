using System.IO.Pipelines;

namespace IronProxy.Runtime.Listeners;

/// <summary>A connection's bytes in both directions.</summary>
internal sealed record WatchedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
