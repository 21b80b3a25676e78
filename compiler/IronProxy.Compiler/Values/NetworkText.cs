using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads networks in CIDR notation.</summary>
internal static class NetworkText
{
    /// <summary>The network in its canonical form, or null; the bag says why.</summary>
    public static string? Parse(Located<string> text, DiagnosticBag bag)
    {
        var value = text.Value;
        var slash = value.IndexOf('/', StringComparison.Ordinal);
        var address = AddressText.TryAddress(slash < 0 ? value : value[..slash]);
        if (address is null)
        {
            bag.NetworkInvalid(text.Span);
            return null;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0)
        {
            bag.NetworkWithoutLength(text.Span, $"{address}/{bits}");
            return null;
        }

        var digits = value.AsSpan(slash + 1);
        if (digits.Length is 0 or > 3
            || (digits.Length > 1 && digits[0] == '0')
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > bits)
        {
            bag.NetworkInvalid(text.Span);
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            bag.NetworkMapped(text.Span);
            return null;
        }

        var masked = new IPNetwork(Mask(address, length), length).ToString();
        if (!Mask(address, length).Equals(address))
        {
            bag.NetworkHostBits(text.Span, masked);
        }

        return masked;
    }

    private static IPAddress Mask(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }
}
