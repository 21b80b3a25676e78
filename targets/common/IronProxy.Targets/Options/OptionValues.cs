using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using IronProxy.Targets.Preflight;

namespace IronProxy.Targets.Options;

/// <summary>The options of a target: what was set, checked, and the defaults of the rest.</summary>
public sealed class OptionValues
{
    private readonly ImmutableSortedDictionary<string, string> _values;

    private OptionValues(ImmutableSortedDictionary<string, string> values) => _values = values;

    /// <summary>All of them, by name.</summary>
    public IReadOnlyDictionary<string, string> All => _values;

    /// <summary>Checks what was set. Every mistake is reported at the option's name; null when there is one.</summary>
    public static OptionValues? Read(IEnumerable<KeyValuePair<string, string>> set, IDeploymentTarget target, PreflightReport preflight)
    {
        var values = target.Options.Where(o => o.Default is not null).ToImmutableSortedDictionary(o => o.Name, o => o.Default!, StringComparer.Ordinal); // Filtered.
        var given = new HashSet<string>(StringComparer.Ordinal);
        var isValid = true;
        foreach (var (name, value) in set)
        {
            var option = target.Options.FirstOrDefault(o => o.Name == name);
            if (option is null)
            {
                preflight.UnknownOption(name, target.Name, [.. target.Options.Select(o => o.Name)]);
                isValid = false;
            }
            else if (Problem(option, value) is { } expected)
            {
                preflight.OptionInvalid(name, value, expected);
                isValid = false;
            }
            else
            {
                values = values.SetItem(name, value);
            }

            if (!given.Add(name))
            {
                preflight.OptionRepeated(name);
                isValid = false;
            }
        }

        foreach (var missing in target.Options.Where(o => o.Default is null && !given.Contains(o.Name)))
        {
            preflight.OptionMissing(missing.Name, missing.Description);
            isValid = false;
        }

        return isValid ? new OptionValues(values) : null;
    }

    /// <summary>The text of an option.</summary>
    public string this[string name] => _values[name];

    /// <summary>A number.</summary>
    public int Number(string name) => int.Parse(_values[name], CultureInfo.InvariantCulture);

    /// <summary>A switch.</summary>
    public bool Switch(string name) => _values[name] == "true";

    /// <summary>What is expected instead of a value; null when it is fine.</summary>
    private static string? Problem(TargetOption option, string value) => option.Kind switch
    {
        _ when value.Any(char.IsControl) => "text without line breaks and control characters",
        OptionKind.Text => null,
        OptionKind.Name => IsName(value) ? null : "a name of letters, digits, '-', '_' and '.' that begins with a letter",
        OptionKind.Path => IsPath(value) ? null : "an absolute path of letters, digits, '-', '_', '.' and '/'",
        OptionKind.Number => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= option.Minimum && number <= option.Maximum
            ? null
            : $"a whole number from {option.Minimum} to {option.Maximum}",
        OptionKind.Address => IPAddress.TryParse(value, out var address) && address.ToString() == value ? null : "an IPv4 or IPv6 address",
        OptionKind.Network => IPNetwork.TryParse(value, out _) ? null : "a network such as 10.0.0.0/24",
        OptionKind.Switch => value is "true" or "false" ? null : "true or false",
        OptionKind.Choice => option.Choices.Contains(value, StringComparer.Ordinal) ? null : $"one of {string.Join(", ", option.Choices)}",
        OptionKind.Image => IsImage(value) ? null : "an image such as example.com/iron-proxy:1.0, in lower case",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static bool IsName(string value) =>
        value.Length is > 0 and <= 128 && char.IsAsciiLetter(value[0]) && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    // Paths go into scripts and unit files: what would need quotes there is not worth its risk.
    private static bool IsPath(string value) =>
        value.Length is > 1 and <= 512 && value[0] == '/' && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/')
        && !value.Split('/').Any(part => part is "." or "..");

    // Parts of a name are lower case; a tag or a digest may stand behind them. What is left out (letters beyond ASCII, blanks) no registry takes.
    private static bool IsImage(string value) =>
        value.Length is > 0 and <= 255 && (char.IsAsciiLetterLower(value[0]) || char.IsAsciiDigit(value[0]))
        && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '@')
        && !value[..EndOfName(value)].Any(char.IsAsciiLetterUpper);

    private static int EndOfName(string image) =>
        image.IndexOfAny([':', '@'], image.LastIndexOf('/') + 1) is var end and >= 0 ? end : image.Length;
}
