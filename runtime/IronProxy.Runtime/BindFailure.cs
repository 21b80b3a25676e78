using System.Net.Sockets;
using IronProxy.Plan;

namespace IronProxy.Runtime;

/// <summary>Says why an address cannot be bound, in the words of proxy.yaml.</summary>
internal static class BindFailure
{
    public static StartupException Describe(string key, ListenAddress address, SocketException failure)
    {
        var why = failure.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => "the port is taken by another process",
            SocketError.AccessDenied => "ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE)",
            SocketError.AddressNotAvailable => "this machine does not have the address",
            _ => failure.Message,
        };
        return new StartupException($"{key} cannot listen on {address}: {why}.", failure);
    }
}
