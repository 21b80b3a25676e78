using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace IronProxy.Cli.Commands.Watch;

/// <summary>Where a management API listens, as the user writes it.</summary>
internal static class ManagementAddress
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 && address.PathAndQuery == "/" && address.Fragment.Length == 0;

    public static Uri Parse(string text) => TryParse(text, out var address) ? address : throw new UnreachableException("The command line was validated.");
}
