namespace IronProxy.Compiler.Analysis.Spaces.Differences;

/// <summary>A setting that changed.</summary>
/// <param name="Setting">Its name, as in proxy.yaml.</param>
/// <param name="Direction">What the change does.</param>
/// <param name="Change">What changed, as a clause.</param>
public sealed record SettingDifference(string Setting, SettingDirection Direction, string Change);

/// <summary>What a change of a setting does.</summary>
public enum SettingDirection
{
    /// <summary>More can happen.</summary>
    Widens,

    /// <summary>Less can happen.</summary>
    Narrows,

    /// <summary>Something else happens.</summary>
    Changes,
}
