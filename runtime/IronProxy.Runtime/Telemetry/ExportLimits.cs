namespace IronProxy.Runtime.Telemetry;

/// <summary>How much may wait for a collector, and how long one is waited for.</summary>
internal static class ExportLimits
{
    /// <summary>Items of one signal that may wait.</summary>
    public const int Items = 8192;

    /// <summary>Memory that they may take: workloads choose how long what is recorded of them is.</summary>
    public const long Bytes = 16 * 1024 * 1024;

    /// <summary>Items of one request.</summary>
    public const int BatchSize = 512;

    /// <summary>How often a batch is sent that the collector did not take, and may take later.</summary>
    public const int Attempts = 5;

    /// <summary>How long one request may take, and the end of the export.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The pause before the second attempt. Each further one is twice as long.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
}
