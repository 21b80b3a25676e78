using System.Net;

namespace IronProxy.Cli.Commands.Doctor.Probes;

/// <summary>A client's request for the time (RFC 5905, 7.3): 48 bytes, all of them zero but the first.</summary>
internal static class NtpRequest
{
    public const int Port = 123;

    private const int Length = 48;
    private const byte Version4Client = 0x23;

    public static async Task<Outcome> JudgeAsync(IPEndPoint endpoint, TimeSpan timeout, string remedy, CancellationToken cancellation)
    {
        var request = new byte[Length];
        request[0] = Version4Client;
        return await Datagram.JudgeAsync(endpoint, request, timeout, remedy, cancellation);
    }
}
