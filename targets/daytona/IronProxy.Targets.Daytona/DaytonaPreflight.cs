using System.Collections.Immutable;

namespace IronProxy.Targets.Daytona;

/// <summary>What would not work in a sandbox.</summary>
internal static class DaytonaPreflight
{
    /// <summary>Toolbox, terminal and SSH of the program that Daytona starts in every sandbox.</summary>
    public static readonly ImmutableArray<int> PortsOfDaytona = [2280, 22220, 22222];

    public static void Check(DeploymentRequest request)
    {
        var (model, options, report) = (request.Model, request.Options, request.Preflight);
        foreach (var file in model.Files)
        {
            report.SecretIsAFile(file);
        }

        foreach (var permission in model.AwsPermissions)
        {
            report.NoRoleInAws(permission);
        }

        foreach (var listener in model.Listeners.Where(l => PortsOfDaytona.Contains(l.Port)))
        {
            report.PortIsDaytonas(listener);
        }

        if (options["image"].StartsWith("localhost/", StringComparison.Ordinal))
        {
            report.ImageIsLocal(options["image"]);
        }

        if (options["base"].IndexOfAny([':', '@'], options["base"].LastIndexOf('/') + 1) < 0)
        {
            report.BaseIsNotPinned(options["base"]);
        }

        if (!IsUser(options["user"]) || options["user"] is "root" or DaytonaTarget.ProxyUser)
        {
            report.UserInvalid(options["user"]);
        }
    }

    /// <summary>As useradd(8) takes names; sudoers and rules have it as it is.</summary>
    private static bool IsUser(string name) =>
        name.Length is > 0 and <= 32 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
