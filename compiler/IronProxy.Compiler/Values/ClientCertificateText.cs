using IronProxy.Compiler.Binding;
using IronProxy.Diagnostics;
using IronProxy.Plan;

namespace IronProxy.Compiler.Values;

/// <summary>Reads what a certificate must say to be a client's.</summary>
internal static class ClientCertificateText
{
    private const int Sha256Digits = 64;

    /// <summary>The value in the form in which certificates have it, or null; the bag says why.</summary>
    public static string? Parse(string kind, Located<string> text, DiagnosticBag bag)
    {
        switch (kind)
        {
            case ClientCertificatePlan.Dns:
                return HostText.ParseHost(text, bag) is not { } host ? null
                    : host.Address is null ? host.Text
                    : Refuse("a name is expected here, and this is an address");
            case ClientCertificatePlan.Uri:
                return Uri.TryCreate(text.Value, UriKind.Absolute, out _) && text.Value[0] != '/' ? text.Value : Refuse("this is no URI");
            case ClientCertificatePlan.Email:
                return text.Value.Split('@') is [{ Length: > 0 }, { Length: > 0 }] ? text.Value : Refuse("this is no e-mail address");
            case ClientCertificatePlan.Sha256:
                var digits = text.Value.Replace(":", "", StringComparison.Ordinal);
                return digits.Length == Sha256Digits && digits.All(char.IsAsciiHexDigit) ? digits.ToLowerInvariant() : Refuse($"a SHA-256 has {Sha256Digits} hexadecimal digits");
            default:
                return text.Value;
        }

        string? Refuse(string why)
        {
            bag.ClientCertificateInvalid(text.Span, why);
            return null;
        }
    }
}
