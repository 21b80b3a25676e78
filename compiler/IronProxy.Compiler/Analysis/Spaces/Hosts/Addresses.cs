using System.Net;

namespace IronProxy.Compiler.Analysis.Spaces.Hosts;

/// <summary>Addresses as numbers.</summary>
internal static class Addresses
{
    /// <summary>The number of bits of an address.</summary>
    public static int Bits(IPAddress address) => address.GetAddressBytes().Length * 8;

    /// <summary>The address as a number, first byte highest.</summary>
    public static UInt128 Number(IPAddress address)
    {
        UInt128 number = 0;
        foreach (var b in address.GetAddressBytes())
        {
            number = (number << 8) | b;
        }

        return number;
    }

    /// <summary>The address of a number.</summary>
    public static IPAddress Address(UInt128 number, int bits)
    {
        var bytes = new byte[bits / 8];
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            bytes[i] = (byte)number;
            number >>= 8;
        }

        return new IPAddress(bytes);
    }

    /// <summary>The network of a length around an address.</summary>
    public static IPNetwork Network(IPAddress address, int length)
    {
        var bits = Bits(address);
        return new IPNetwork(Address(length == 0 ? 0 : (Number(address) >> (bits - length)) << (bits - length), bits), length);
    }

    /// <summary>The first address of a network and the last.</summary>
    public static (UInt128 First, UInt128 Last) Range(IPNetwork network)
    {
        var first = Number(network.BaseAddress);
        var host = Bits(network.BaseAddress) - network.PrefixLength;
        return (first, host == 128 ? UInt128.MaxValue : first + ((UInt128.One << host) - 1));
    }
}
