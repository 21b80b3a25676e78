using System.Globalization;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Files;

/// <summary>What can be wrong with files that a proxy.yaml names: IRON13xx. All are warnings, because the file of the deployment may be another.</summary>
internal static class FileDiagnostics
{
    public static void FileUnreadable(this DiagnosticBag bag, SourceSpan span) =>
        bag.Warn("IRON1301", span, "this file is here and cannot be read", "let the user that runs the proxy read it, and name a file and not a folder");

    public static void CertificateUnusable(this DiagnosticBag bag, SourceSpan span) =>
        bag.Warn("IRON1302", span, "this file holds no certificate", "name a file in PEM format, with -----BEGIN CERTIFICATE-----");

    public static void KeyUnusable(this DiagnosticBag bag, SourceSpan span) =>
        bag.Warn("IRON1303", span, "this file holds no private key that can be used", "name an unencrypted RSA or EC key in PEM format");

    public static void KeyDoesNotFit(this DiagnosticBag bag, SourceSpan span) =>
        bag.Warn("IRON1304", span, "this key does not belong to the certificate beside it", "name the two files that were made together");

    public static void CertificateExpired(this DiagnosticBag bag, SourceSpan span, DateTimeOffset end) =>
        bag.Warn("IRON1305", span, $"the certificate in this file has expired on {Day(end)}", "make a new one");

    public static void CertificateExpiring(this DiagnosticBag bag, SourceSpan span, DateTimeOffset end) =>
        bag.Warn("IRON1306", span, $"the certificate in this file expires on {Day(end)}", "make a new one now, and distribute it before that day");

    public static void KeyfileUnusable(this DiagnosticBag bag, SourceSpan span) =>
        bag.Warn("IRON1307", span, "this file is not the key of a service account", "name the JSON file of the key, which has the type service_account, client_email and private_key");

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static void Warn(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Warning, span, message, hint);
}
