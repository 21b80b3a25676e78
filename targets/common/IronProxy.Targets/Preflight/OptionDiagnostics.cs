using IronProxy.Diagnostics;

namespace IronProxy.Targets.Preflight;

/// <summary>What can be wrong with the options of a target: IRON30xx.</summary>
internal static class OptionDiagnostics
{
    public static void UnknownOption(this PreflightReport report, string name, string target, IReadOnlyCollection<string> known)
    {
        var nearest = Suggestions.Nearest(name, known);
        report.AtOption("IRON3001", DiagnosticSeverity.Error, $"the target {target} has no option '{name}'", nearest is not null
            ? $"did you mean {nearest}?"
            : $"its options are {string.Join(", ", known)}");
    }

    public static void OptionInvalid(this PreflightReport report, string name, string value, string expected) =>
        report.AtOption("IRON3002", DiagnosticSeverity.Error, $"the option '{name}' cannot be '{value}'", $"write {expected}");

    public static void OptionMissing(this PreflightReport report, string name, string description) =>
        report.AtOption("IRON3003", DiagnosticSeverity.Error, $"the option '{name}' must be set", $"{description} Write --set {name}=VALUE");

    public static void OptionRepeated(this PreflightReport report, string name) =>
        report.AtOption("IRON3004", DiagnosticSeverity.Error, $"the option '{name}' is set twice", "leave one of them out");
}
