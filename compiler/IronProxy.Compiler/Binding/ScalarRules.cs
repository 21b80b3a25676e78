using System.Globalization;
using IronProxy.Compiler.Syntax;

namespace IronProxy.Compiler.Binding;

/// <summary>A scalar has the type that its place asks for, so a name such as <c>no</c> or <c>1.10</c> is never misread.</summary>
internal static class ScalarRules
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

    /// <summary>Decimal integers without quotes.</summary>
    public static bool TryInteger(YamlScalar scalar, out long value)
    {
        value = 0;
        return scalar.Style == YamlScalarStyle.Plain
            && long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }
}
