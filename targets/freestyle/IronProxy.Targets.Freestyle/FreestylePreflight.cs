using IronProxy.Targets.Options;

namespace IronProxy.Targets.Freestyle;

/// <summary>What is known to go wrong in a VM of Freestyle. The rest is what goes wrong on any host, which baremetal checks.</summary>
internal static class FreestylePreflight
{
    private const int RecommendedCaDays = 30;
    private const int LongestName = 40;

    public static void Check(DeploymentRequest request)
    {
        var (options, model, report) = (request.Options, request.Model, request.Preflight);
        if (!IsName(options["name"]))
        {
            report.NameInvalid(options["name"]);
        }

        if (!IsBase(BaseOf(options)))
        {
            report.BaseInvalid(BaseOf(options), options["sdk"] == "0.2" ? "the id of a snapshot or a name such as freestyle/ubuntu" : "an image such as debian:trixie-slim");
        }

        if (options.Number("ca_days") is > RecommendedCaDays and var days)
        {
            report.CaLivesLong(days, RecommendedCaDays);
        }

        foreach (var file in model.Files)
        {
            report.SecretFile(file);
        }

        foreach (var permission in model.AwsPermissions)
        {
            report.NoRole(permission.Action);
        }

        if (model.Ca is null)
        {
            report.NoHttps();
        }
    }

    /// <summary>What the snapshot is made from.</summary>
    public static string BaseOf(OptionValues options) =>
        options["base"] is { Length: > 0 } given ? given : options["sdk"] == "0.2" ? "freestyle/ubuntu" : "debian:trixie-slim";

    /// <summary>Part of the names of VMs, which are 63 characters of this kind.</summary>
    private static bool IsName(string name) =>
        name.Length <= LongestName && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
        && !name.EndsWith('-') && !name.Contains("--", StringComparison.Ordinal);

    /// <summary>It becomes a line of a Dockerfile.</summary>
    private static bool IsBase(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '@') && char.IsAsciiLetterOrDigit(text[0]);
}
