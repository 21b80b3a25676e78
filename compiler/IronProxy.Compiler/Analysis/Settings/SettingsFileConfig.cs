using IronProxy.Compiler.Binding;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Analysis.Settings;

/// <summary>Settings of ironc for the policies of a folder and of those below it.</summary>
internal sealed record SettingsFileConfig : ConfigRecord
{
    /// <summary>How grave findings are, by their codes: error, warning, information or off. Errors stay errors.</summary>
    [Key("levels", Holds = KeyContent.Levels)]
    public YamlMapping? Levels { get; init; }
}
