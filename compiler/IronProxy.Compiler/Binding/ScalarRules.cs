using System.Globalization;
using System.Text.RegularExpressions;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Binding;

/// <summary>A scalar has the type that its place asks for, so a name such as <c>no</c> or <c>1.10</c> is never misread.</summary>
internal static partial class ScalarRules
{
    /// <summary>YAML 1.2 booleans, and with <paramref name="old"/> the words that only YAML 1.1 reads as booleans.</summary>
    public static bool TryBoolean(YamlScalar scalar, out bool value, out bool old)
    {
        (value, old) = (false, false);
        if (scalar.Style != YamlScalarStyle.Plain)
        {
            return false;
        }

        switch (scalar.Value)
        {
            case "true" or "True" or "TRUE":
                value = true;
                return true;
            case "false" or "False" or "FALSE":
                return true;
            case "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y":
                (value, old) = (true, true);
                return true;
            case "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N":
                old = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Decimal integers without quotes, in the one notation that all readers of YAML take for the same number.</summary>
    public static bool TryInteger(YamlScalar scalar, out long value)
    {
        value = 0;
        return scalar.Style == YamlScalarStyle.Plain
            && !IsUnclearInteger(scalar)
            && long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Whether readers of YAML 1.1 and 1.2 disagree about a number: leading zeros are octal to some, and so on.</summary>
    public static bool IsUnclearInteger(YamlScalar scalar) => scalar.Style == YamlScalarStyle.Plain && Unclear().IsMatch(scalar.Value);

    [GeneratedRegex(@"^([-+]?0[0-9xXoObB_][0-9a-fA-F_]*|\+[0-9]+|[-+]?[0-9]+_[0-9_]*)\z", RegexOptions.NonBacktracking)]
    private static partial Regex Unclear();
}
