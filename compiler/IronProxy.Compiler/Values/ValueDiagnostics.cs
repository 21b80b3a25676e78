using IronProxy.Compiler.Syntax;
using IronProxy.Diagnostics;

namespace IronProxy.Compiler.Values;

/// <summary>What can be wrong inside a single value: IRON11xx.</summary>
internal static class ValueDiagnostics
{
    // Host patterns and host names.
    public static void HostEmpty(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1101", span, "the host is empty", "write a host name such as api.openai.com");

    public static void HostHasScheme(this DiagnosticBag bag, SourceSpan span, string scheme) =>
        bag.Error("IRON1102", span, $"a host has no scheme such as {scheme}", "write the host alone; rules can ask for methods and paths, and ports are not part of a pattern");

    public static void HostHasPort(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1103", span, "a host has no port", "write the host alone: it is matched on every port");

    public static void HostHasPath(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1104", span, "a host has no path", "write the host alone, and the path under paths: of a rule");

    public static void HostHasUserinfo(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1105", span, "a host has no user name", "write what follows the '@'; credentials are set by the secrets transform");

    public static void HostEmptyLabel(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1106", span, "there is nothing between two dots", "write *.example.com for example.com and everything below it");

    public static void HostBadCharacter(this DiagnosticBag bag, SourceSpan span, char character) =>
        bag.Error("IRON1107", span, $"{Quote.Of(character.ToString())} cannot stand in a host", "host names have letters, digits, hyphens, underscores and dots; * and ? are wildcards");

    public static void HostAmbiguousAddress(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1108", span, "this looks like an address in an unusual notation, and hosts written so are always refused", "write IPv4 addresses as four decimal numbers, such as 10.0.0.5");

    public static void HostMatchesEverything(this DiagnosticBag bag, SourceSpan span, string pattern) =>
        bag.Error("IRON1109", span, $"{Quote.Of(pattern)} matches every host of its length", "list the domains, or write \"*\" if you mean all");

    public static void HostIsNetwork(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1110", span, "this is a network and not a host", "write it under cidrs:, or as cidr: in a rule");

    public static void HostNotAName(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1111", span, "this cannot be a host name", "labels have at most 63 characters and no hyphen at either end, a name at most 253 characters, and xn-- labels are valid punycode");

    public static void HostNameExpected(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1112", span, "a host name without wildcards is expected here", "write one name, such as db.corp.example");

    public static void HostAddressGlob(this DiagnosticBag bag, SourceSpan span, string? network) =>
        bag.Error("IRON1113", span, "addresses are not matched by wildcards, and a name that anyone can register may look like this", $"write {network ?? "the network, such as 10.0.0.0/24,"} under cidrs:, or as cidr: in a rule");

    public static void HostRefusedCharacter(this DiagnosticBag bag, SourceSpan span, System.Text.Rune character) =>
        bag.Error("IRON1114", span, $"the character U+{character.Value:X4} cannot stand in a host", "remove it, or type the host anew: characters such as this one often cannot be seen");

    public static void HostNotMapped(this DiagnosticBag bag, SourceSpan span, string mapped) =>
        bag.Error("IRON1115", span, "this spelling of the host has characters that stand for others, so no request has it", $"write {mapped}");

    // Networks and addresses.
    public static void NetworkInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1121", span, "this is not a network", "write an address and a prefix length, such as 10.0.0.0/8 or fd00::/8");

    public static void NetworkWithoutLength(this DiagnosticBag bag, SourceSpan span, string suggestion) =>
        bag.Error("IRON1122", span, "a network has a prefix length", $"for this one address write {suggestion}");

    public static void NetworkHostBits(this DiagnosticBag bag, SourceSpan span, string masked) =>
        bag.Add("IRON1123", DiagnosticSeverity.Warning, span, "the address has bits behind the prefix, which are ignored", $"write {masked}");

    public static void NetworkMapped(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1124", span, "IPv4 addresses inside IPv6 are compared as IPv4, so this network would match nothing", "write the IPv4 network");

    // Listen addresses.
    public static void ListenInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1131", span, "this is not an address to listen on", "write :8080 for every address of the machine, 127.0.0.1:8080, or [::1]:8080");

    public static void PortInvalid(this DiagnosticBag bag, SourceSpan span, string port) =>
        bag.Error("IRON1132", span, $"{Quote.Of(port)} is not a port", "write a number up to 65535");

    public static void ListenHostName(this DiagnosticBag bag, SourceSpan span, string host) =>
        bag.Error("IRON1133", span, $"{Quote.Of(host)} is a name, and a listener needs an address", "write an IP address, or nothing in front of the colon to listen everywhere");

    // Certificates.
    public static void ClientCertificateInvalid(this DiagnosticBag bag, SourceSpan span, string problem) =>
        bag.Error("IRON1320", span, problem, "write what stands in the certificate: 'openssl x509 -noout -ext subjectAltName -fingerprint -sha256' shows it");

    // Durations.
    public static void DurationInvalid(this DiagnosticBag bag, SourceSpan span, string problem) =>
        bag.Error("IRON1141", span, problem, "write numbers with units, such as 30s, 1m30s or 500ms");

    public static void DurationNotPositive(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1142", span, "the duration must be longer than zero", "write how long to wait, such as 30s");

    public static void DurationNegative(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1143", span, "the duration is negative", "write how long to wait, such as 15m, or 0 for never");

    public static void DurationTooLong(this DiagnosticBag bag, SourceSpan span, string longest) =>
        bag.Error("IRON1144", span, $"the duration is longer than {longest}, and no timer can hold it", $"write {longest} or less");

    // Methods and paths.
    public static void MethodInvalid(this DiagnosticBag bag, SourceSpan span, string method) =>
        bag.Error("IRON1151", span, $"{Quote.Of(method)} cannot be a method", "methods are words such as GET and POST; [\"*\"] allows all");

    public static void PathWithoutSlash(this DiagnosticBag bag, SourceSpan span, string path) =>
        bag.Error("IRON1152", span, "a path begins with a slash", path.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme
            ? $"name the host under host: or domains:, and write the path alone: {(path.IndexOf('/', scheme + 3) is >= 0 and var slash ? path[slash..] : "/*")}"
            : $"write /{path}");

    public static void PathNeverMatches(this DiagnosticBag bag, SourceSpan span, string why) =>
        bag.Error("IRON1153", span, $"this path matches no request: {why}", "write the path as the client sends it, without query and fragment");

    public static void PathWithQuery(this DiagnosticBag bag, SourceSpan span, string path) =>
        bag.Add("IRON1154", DiagnosticSeverity.Warning, span, "paths have no query, and a '?' stands for any one character of the path", $"write {path}: the query is not compared");

    public static void PathDoubleStar(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1155", DiagnosticSeverity.Warning, span, "'**' in the middle of a path stays inside its segment, as '*' does", "write one '*' for each segment; a '*' at the very end matches everything behind it");

    public static void PathWithBracket(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1156", span, "a path pattern has no sets of characters in brackets", "write one pattern for each character, or a '?' for any one, also for a bracket itself");

    // Header names and expressions.
    public static void HeaderInvalid(this DiagnosticBag bag, SourceSpan span, string name) =>
        bag.Error("IRON1161", span, $"{Quote.Of(name)} cannot be a header name", "header names have letters, digits and hyphens; a regular expression stands between slashes, as in /^X-Trace-.*$/");

    public static void HeaderReserved(this DiagnosticBag bag, SourceSpan span, string name) =>
        bag.Error("IRON1162", span, $"the header {name} belongs to the connection or decides where the request goes, so no secret may touch it", "name the header that carries the credential, such as Authorization");

    public static void HeaderNeverScanned(this DiagnosticBag bag, SourceSpan span, string name) =>
        bag.Add("IRON1164", DiagnosticSeverity.Warning, span, $"{Quote.Of(name)} cannot be a header name, so nothing is looked for under it", "remove it, or write the name of the header that carries the placeholder; a regular expression stands between slashes, as in /^X-Trace-.*$/");

    public static void ExpressionInvalid(this DiagnosticBag bag, SourceSpan span, string problem) =>
        bag.Error("IRON1163", span, $"the regular expression cannot be used: {problem}", "expressions have RE2's syntax, without look-around and back-references");

    // Templates.
    public static void TemplateInvalid(this DiagnosticBag bag, SourceSpan span, string problem, string hint) =>
        bag.Error("IRON1171", span, problem, hint);

    /// <summary>The secret itself may have been written there: it is not repeated.</summary>
    public static void TemplateWithoutValue(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1172", DiagnosticSeverity.Error, span, "the formatter never uses the secret", "put {{ .Value }} where the secret belongs", hidden: span);

    public static void TemplateControlCharacter(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1173", span, "the text has a control character, which no header value may carry", "remove it; line breaks at the end of a YAML block are removed with '|-'");

    public static void TemplateConstant(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1174", span, "the message uses nothing of the request, so every request would have one signature", "put fields such as {{ .Timestamp }}{{ .Method }}{{ .PathWithQuery }}{{ .Body }} into it");

    // Other text.
    public static void EmptyText(this DiagnosticBag bag, SourceSpan span, string what) =>
        bag.Error("IRON1181", span, $"{what} is empty", "write a value, or remove the key if it is not needed");

    public static void ControlCharacterInText(this DiagnosticBag bag, SourceSpan span, string what) =>
        bag.Error("IRON1182", span, $"{what} has a control character", "remove it");

    // Where services are.
    public static void UrlInvalid(this DiagnosticBag bag, SourceSpan span, string problem, string example) =>
        bag.Error("IRON1191", span, $"this URL cannot be used: {problem}", $"write {example}");

    public static void UrlHasUserinfo(this DiagnosticBag bag, SourceSpan span, string instead = "") =>
        bag.Error("IRON1192", span, "the URL has a user name, and credentials do not belong into this file", $"remove what stands before the '@'{instead}");

    public static void UrlWithoutTls(this DiagnosticBag bag, SourceSpan span) =>
        bag.Add("IRON1193", DiagnosticSeverity.Warning, span, "credentials are sent to this URL without TLS", "write https:// if the server has it");

    public static void EndpointInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1194", span, "this is not the address of a server", "write a host and a port, such as localhost:9500 or [::1]:9500");

    public static void AwsNameInvalid(this DiagnosticBag bag, SourceSpan span, string what, string example) =>
        bag.Error("IRON1195", span, $"{what} has lower-case letters, digits and hyphens only", $"write the code that AWS uses, such as {example}");

    public static void SecretReferenceInvalid(this DiagnosticBag bag, SourceSpan span) =>
        bag.Error("IRON1196", span, "this is not a reference to a field of 1Password", "write op://vault/item/field or op://vault/item/section/field");

    public static void ValueUnclear(this DiagnosticBag bag, SourceSpan span, string value) =>
        bag.Error("IRON1197", span, $"{Quote.Of(value)} is a number or a truth value to some readers and text to others", "put it in quotes if it is text, or write decimal digits, true or false");

    private static void Error(this DiagnosticBag bag, string code, SourceSpan span, string message, string hint) =>
        bag.Add(code, DiagnosticSeverity.Error, span, message, hint);
}
